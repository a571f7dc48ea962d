/** `[run]`: defaults, flags and paths applied. */
import type { Origin, RunSettings } from "../contract/experiment.ts";
import { RUN_DEFAULTS } from "./defaults.ts";
import { fromRoot, type PathCheck } from "./paths.ts";
import { keyPath, type Report } from "./problems.ts";
import type { ReadTable } from "./read-table.ts";
import { runTable } from "./schema/run-table.ts";
import { allUsed, rules } from "./schema/words.ts";

type RunShape = typeof runTable.shape;

/** Where each key of `[run]` ends up. */
export const RUN_FIELDS: { readonly [K in keyof RunShape]: keyof RunSettings } = {
  results_root: "resultsRoot",
  attempts: "attempts",
  retries: "retries",
  parallel: "parallel",
  profiles_parallel: "profilesParallel",
  container_env: "containerEnv",
  force_rebuild: "forceRebuild",
  run_timeout_sec: "runTimeoutSec",
  timeout_multiplier: "timeoutMultiplier",
  agent_timeout_sec: "agentTimeoutSec",
  min_free_gb: "minFreeGb",
  quiet_verify: "quietVerify",
  notify: "notify",
  registry: "registry",
  engine: "engine",
  harbor_bin: "harborBin",
};

/** Flags that win over the file. */
export interface Overrides {
  readonly attempts?: number;
  readonly parallel?: number;
  readonly quiet_verify?: boolean;
}

/** The flag of each override, for origins and errors. */
const OVERRIDE_FLAGS: { readonly [K in keyof Overrides]-?: string } = {
  attempts: "--attempts",
  parallel: "-n",
  quiet_verify: "--quiet-verify",
};

export interface ResolvedRun {
  readonly settings: RunSettings;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly checks: readonly PathCheck[];
}

export function resolveRun(
  table: ReadTable<RunShape>,
  root: string,
  overrides: Overrides,
  report: Report,
): ResolvedRun {
  const origins = new Map<string, Origin>();
  for (const key of Object.keys(RUN_FIELDS) as (keyof RunShape)[]) {
    const at = table.at.get(key);
    origins.set(
      `run.${key}`,
      at === undefined ? { kind: "default" } : { kind: "file", line: at.key.line, table: "run" },
    );
  }
  for (const name of Object.keys(OVERRIDE_FLAGS) as (keyof Overrides)[]) {
    if (overrides[name] !== undefined) origins.set(`run.${name}`, { kind: "flag", flag: OVERRIDE_FLAGS[name] });
  }

  const {
    results_root = RUN_DEFAULTS.results_root,
    attempts = RUN_DEFAULTS.attempts,
    retries = RUN_DEFAULTS.retries,
    parallel = RUN_DEFAULTS.parallel,
    profiles_parallel = RUN_DEFAULTS.profiles_parallel,
    container_env = RUN_DEFAULTS.container_env,
    force_rebuild = RUN_DEFAULTS.force_rebuild,
    run_timeout_sec = RUN_DEFAULTS.run_timeout_sec,
    timeout_multiplier = RUN_DEFAULTS.timeout_multiplier,
    agent_timeout_sec = null,
    min_free_gb = RUN_DEFAULTS.min_free_gb,
    quiet_verify = RUN_DEFAULTS.quiet_verify,
    notify = null,
    registry = null,
    engine = RUN_DEFAULTS.engine,
    harbor_bin = null,
    ...rest
  } = table.values;
  allUsed(rest);

  const checks: PathCheck[] = [];
  const rootAt = table.at.get("results_root");
  const resultsRoot = fromRoot(root, results_root);
  checks.push({
    at: rootAt?.value ?? { line: 1, column: 1 },
    key: "run.results_root",
    path: resultsRoot,
    want: "folder-or-absent",
  });

  let registryPlace = registry;
  const registryAt = table.at.get("registry");
  if (registry !== null && registryAt !== undefined && !/^https?:\/\//i.test(registry)) {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(registry)) {
      const found = JSON.stringify(registry);
      report(registryAt.value, { key: keyPath("run", "registry"), found, expected: "a path or an http(s) URL" });
    } else {
      registryPlace = fromRoot(root, registry);
      checks.push({ at: registryAt.value, key: "run.registry", path: registryPlace, want: "file" });
    }
  }

  const binAt = table.at.get("harbor_bin");
  if (binAt !== undefined && harbor_bin !== null && engine !== "harbor")
    report(binAt.key, {
      key: keyPath("run", "harbor_bin"),
      found: "a key of engine harbor",
      expected: 'engine = "harbor" beside it',
    });
  // A bare name is looked up in PATH when it is run.
  const isPlace = harbor_bin !== null && harbor_bin.includes("/");
  const harborBin = isPlace ? fromRoot(root, harbor_bin) : harbor_bin;
  if (isPlace && harborBin !== null && binAt !== undefined)
    checks.push({ at: binAt.value, key: "run.harbor_bin", path: harborBin, want: "file" });

  return {
    settings: {
      resultsRoot,
      attempts: overrides.attempts ?? attempts,
      retries,
      parallel: overrides.parallel ?? parallel,
      profilesParallel: profiles_parallel,
      containerEnv: container_env,
      forceRebuild: force_rebuild,
      runTimeoutSec: run_timeout_sec,
      timeoutMultiplier: timeout_multiplier,
      agentTimeoutSec: agent_timeout_sec,
      minFreeGb: min_free_gb,
      quietVerify: overrides.quiet_verify ?? quiet_verify,
      notify,
      registry: registryPlace,
      engine,
      harborBin,
    },
    origins,
    checks,
  };
}

/** What is wrong with flags, one line each; the file's own rules hold for them too. */
export function overrideFaults(overrides: Overrides): readonly string[] {
  const faults: string[] = [];
  for (const name of Object.keys(OVERRIDE_FLAGS) as (keyof Overrides)[]) {
    const value = overrides[name];
    const schema = runTable.shape[name].unwrap();
    if (value === undefined || schema.safeParse(value).success) continue;
    faults.push(`${OVERRIDE_FLAGS[name]}: found ${value}, expected ${rules.get(schema)?.expected ?? "another value"}`);
  }
  return faults;
}
