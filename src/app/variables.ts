/**
 * Resolves the variables that trials get. Secrets enter here and nowhere else: by the names that a profile lists in `env` and by
 * the templates of a task; from the env file first, then from the host's environment.
 */
import { namesSecret } from "../base/secret-names.ts";
import type { Profile } from "../contract/experiment.ts";
import { INSIDE } from "../contract/inside.ts";
import type { ProfilePlan } from "../contract/plan.ts";
import type { Task } from "../contract/task.ts";
import type { TrialVariables } from "../engine/trial-context.ts";
import { readEnvFile } from "../host/env-file.ts";
import { resolveEnvTemplates } from "../tasks/env-templates.ts";

export interface Variables {
  /** Where each listed name was found; names that were found nowhere are in `missing`. */
  envFrom(profile: Profile): ProfilePlan["envFrom"];
  missing(profile: Profile): readonly string[];
  /** Templates of a task that cannot be resolved, in words; empty = all can. */
  taskProblems(task: Task): readonly string[];
  /** `[environment].env` of a task. */
  environment(task: Task): Readonly<Record<string, string>>;
  of(profile: Profile, task: Task): TrialVariables;
  /** What an agent gets, whatever the task. */
  ofAgent(profile: Profile): TrialVariables["agent"];
  /** What a process of its own needs that resolves references to variables itself: those of the profile and of all tasks. */
  referredTo(profile: Profile): Readonly<Record<string, string>>;
  /** Values that must not be written anywhere. */
  secrets(): readonly string[];
}

type Source = Readonly<Record<string, string | undefined>>;

export async function loadVariables(
  profiles: readonly Profile[],
  tasks: readonly Task[],
  host: Source,
  /** Names that an agent gets wherever they are set, without being asked for. */
  known: (profile: Profile) => readonly string[] = () => [],
): Promise<Variables> {
  const files = new Map<string, Readonly<Record<string, string>>>();
  for (const { envFile } of profiles) {
    if (envFile !== null && !files.has(envFile)) files.set(envFile, await readEnvFile(envFile));
  }
  const fileOf = (profile: Profile): Source => (profile.envFile === null ? {} : (files.get(profile.envFile) ?? {}));
  // A task's templates are the same for every profile: all env files together, the host behind them.
  const forTasks: Source = Object.assign({}, host, ...[...files.values()].reverse()) as Source;
  const namesOf = (profile: Profile): readonly string[] => {
    const set = known(profile).filter((name) => (fileOf(profile)[name] ?? host[name] ?? "") !== "");
    return [...new Set([...profile.env, ...set])];
  };
  const secrets = new Set<string>([...files.values()].flatMap((file) => secretValues(file)));
  const resolved = new Map(tasks.map((task) => [task.id, resolveTask(task, forTasks)]));
  for (const { fromHost } of resolved.values()) for (const value of fromHost) secrets.add(value);
  for (const profile of profiles) {
    for (const name of namesOf(profile)) {
      const value = fileOf(profile)[name] ?? host[name];
      if (value !== undefined) secrets.add(value);
    }
  }

  const ofAgent = (profile: Profile): Readonly<Record<string, string>> => ({
    REGATTA_ARTIFACTS_DIR: INSIDE.sessions,
    REGATTA_INSTRUCTION: INSIDE.instruction,
    ...profile.setEnv,
    ...Object.fromEntries(
      namesOf(profile).flatMap((name) => {
        const value = fileOf(profile)[name] ?? host[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  });

  return {
    envFrom: (profile) =>
      Object.fromEntries(
        namesOf(profile).flatMap((name): [string, "env-file" | "host"][] => {
          if (fileOf(profile)[name] !== undefined) return [[name, "env-file"]];
          return host[name] === undefined ? [] : [[name, "host"]];
        }),
      ),
    missing: (profile) => profile.env.filter((name) => fileOf(profile)[name] === undefined && host[name] === undefined),
    taskProblems: (task) => resolved.get(task.id)?.problems ?? [],
    environment: (task) => resolved.get(task.id)?.environment ?? {},
    ofAgent,
    of: (profile, task) => ({
      agent: ofAgent(profile),
      solution: resolved.get(task.id)?.solution ?? {},
      verifier: resolved.get(task.id)?.verifier ?? {},
    }),
    referredTo(profile) {
      const templates = tasks.flatMap(({ environment, verifier, solution }) =>
        [environment.env, verifier.env, solution.env].flatMap((map) => Object.values(map)),
      );
      const ofTasks = templates.flatMap((value) => /^\$\{([^}:]+)(?::-.*)?\}$/.exec(value)?.[1] ?? []);
      const found: [string, string | undefined][] = [
        ...ofTasks.map((name): [string, string | undefined] => [name, forTasks[name]]),
        ...Object.entries(profile.setEnv).filter(([name]) => namesSecret(name)),
        ...profile.env.map((name): [string, string | undefined] => [name, fileOf(profile)[name] ?? host[name]]),
      ];
      return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
    },
    secrets: () => [...secrets],
  };
}

/** Of an env file everything is taken for a secret but what is plainly a switch or a small number. */
function secretValues(file: Readonly<Record<string, string>>): string[] {
  return Object.values(file).filter((value) => value.length >= 6 && !/^(true|false|\d{1,8})$/i.test(value));
}

interface ResolvedTask {
  readonly environment: Readonly<Record<string, string>>;
  readonly verifier: Readonly<Record<string, string>>;
  readonly solution: Readonly<Record<string, string>>;
  readonly problems: readonly string[];
  readonly fromHost: readonly string[];
}

function resolveTask(task: Task, source: Source): ResolvedTask {
  const problems: string[] = [];
  const fromHost: string[] = [];
  const part = (table: string, map: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
    const { values, fromHost: names, missing } = resolveEnvTemplates(map, source);
    problems.push(
      ...missing.map(
        ({ key, variable }) =>
          `[${table}].env ${key} needs the variable ${variable}, which is neither in the env file nor in the environment`,
      ),
    );
    fromHost.push(...names.map((name) => values[name] ?? ""));
    return values;
  };
  return {
    environment: part("environment", task.environment.env),
    verifier: part("verifier", task.verifier.env),
    solution: part("solution", task.solution.env),
    problems,
    fromHost: fromHost.filter((value) => value !== ""),
  };
}
