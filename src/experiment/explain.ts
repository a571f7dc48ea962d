/** Every value of an experiment with where it came from, for `plan --explain`. */
import type { Experiment, Origin, Profile } from "../contract/experiment.ts";
import { ANALYSIS_FIELDS } from "./analysis-settings.ts";
import { BUDGET_FIELDS, GATEWAY_FIELDS } from "./gateway-settings.ts";
import { keyPath } from "./problems.ts";
import { PROFILE_FIELDS, PROFILE_KEYS } from "./profiles.ts";
import { RUN_FIELDS } from "./run-settings.ts";
import { namesSecret } from "../base/secret-names.ts";

export interface Explained {
  /** As in the file: `profiles.text.model`. */
  readonly key: string;
  /** Resolved: absolute paths, defaults filled in. Never the content of a file. */
  readonly value: unknown;
  readonly origin: Origin;
  /** Set but without effect, and why. */
  readonly unused?: string;
}

/** In the order of the format: the file's own keys, run, tasks, profiles, the rest. */
export function explain(experiment: Experiment): readonly Explained[] {
  const { origins } = experiment;
  const line = (key: string, value: unknown): Explained => ({
    key,
    value,
    origin: origins[key] ?? { kind: "default" },
  });

  const run = Object.entries(RUN_FIELDS).map(([key, field]) => line(`run.${key}`, experiment.run[field]));
  const tasks = experiment.tasks.map((task) => {
    const key = keyPath("tasks", task.id, task.path === null ? "dataset" : "path");
    return line(key, task.path ?? task.dataset);
  });
  const aliases = Object.entries(experiment.mcpAliases).map(([server, dir]) =>
    line(keyPath("mcp_aliases", server), dir),
  );
  return [
    line("name", experiment.name),
    line("slug", experiment.slug),
    ...run,
    ...tasks,
    ...experiment.profiles.flatMap((profile) => explainProfile(profile, line)),
    line("artifacts.targets", experiment.artifactTargets),
    ...aliases,
    ...Object.entries(experiment.mcp).map(([server, source]) => line(keyPath("mcp", server), source)),
    ...Object.entries(ANALYSIS_FIELDS).map(([key, field]) => line(`analysis.${key}`, experiment.analysis[field])),
    ...Object.entries(GATEWAY_FIELDS).map(([key, field]) => line(`gateway.${key}`, experiment.gateway[field])),
    ...Object.entries(BUDGET_FIELDS).map(([key, field]) => line(`budget.${key}`, experiment.budget[field])),
  ];
}

function explainProfile(profile: Profile, line: (key: string, value: unknown) => Explained): readonly Explained[] {
  const used = PROFILE_KEYS.map((key) =>
    line(keyPath("profiles", profile.key, key), shown(profile, PROFILE_FIELDS[key])),
  );
  const unused = profile.unused.map(({ key, origin }): Explained => {
    const why =
      profile.noMcp && (key === "mcp_servers" || key === "hooks")
        ? "no_mcp = true"
        : `agent ${profile.agent} does not take it`;
    return { key: keyPath("profiles", profile.key, key), value: null, origin, unused: why };
  });
  const replaced = new Set(unused.map(({ key }) => key));
  return [...used.filter(({ key }) => !replaced.has(key)), ...unused];
}

/** Values of variables whose names speak of a secret are left out. */
function shown(profile: Profile, field: keyof Profile): unknown {
  if (field !== "setEnv") return profile[field];
  return Object.fromEntries(
    Object.entries(profile.setEnv).map(([name, value]) => [name, namesSecret(name) ? "(not shown)" : value]),
  );
}
