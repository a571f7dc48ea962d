/**
 * What two batches were made of, compared: everything that could make their trials differ besides what was meant to differ. Pure.
 *
 * Only what both have is compared: the tasks they share, and the profiles that are to be compared with each other.
 */
import { isRecord } from "../base/is-record.ts";
import { stableJson } from "../base/stable-json.ts";
import { entryForTasks } from "../contract/cell-definition.ts";
import type { Drift } from "../contract/drift.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { type Difference, differences } from "./differences.ts";

export type LockParts = Pick<PlanLock, "regatta_version" | "run" | "tasks" | "profiles" | "analysis">;

/** A batch over all its launches: of what several planned the latest counts. */
export function lockOver(locks: readonly PlanLock[]): PlanLock | null {
  const last = locks.at(-1);
  if (last === undefined) return null;
  return {
    ...last,
    tasks: Object.assign({}, ...locks.map(({ tasks }) => tasks)) as PlanLock["tasks"],
    profiles: Object.assign({}, ...locks.map(({ profiles }) => profiles)) as PlanLock["profiles"],
  };
}

/** @param pairs profiles of A, each with the one of B that it is compared with */
export function lockDrift(a: LockParts, b: LockParts, pairs: readonly (readonly [string, string])[]): readonly Drift[] {
  const shared = Object.keys(a.tasks).filter((task) => Object.hasOwn(b.tasks, task));
  return [
    ...differences("regatta_version", a.regatta_version, b.regatta_version).map(as("regatta")),
    ...differences("run", a.run.cell, b.run.cell).map(as("environment")),
    ...differences("analysis", rewardRule(a), rewardRule(b)).map(as("reward rule")),
    ...shared.flatMap((task) => taskDrift(task, a.tasks[task], b.tasks[task])),
    ...pairs.flatMap(([ofA, ofB]) =>
      profileDrift(
        ofA === ofB ? ofA : `${ofA}→${ofB}`,
        entryForTasks(a.profiles[ofA], shared),
        entryForTasks(b.profiles[ofB], shared),
      ),
    ),
  ];
}

/** Tasks that are not the same under one name. */
export function changedTasks(a: LockParts, b: LockParts): readonly string[] {
  return Object.keys(a.tasks).filter((task) => {
    const other = b.tasks[task];
    return other !== undefined && other.digest !== a.tasks[task]?.digest;
  });
}

export function taskDrift(task: string, a: unknown, b: unknown): readonly Drift[] {
  return differences(`tasks.${task}`, a, b).map((each) =>
    as(each.path.startsWith(`tasks.${task}.limits`) ? "limits" : "task")(each),
  );
}

const MODEL = new Set(["model", "reasoning"]);

export function profileDrift(name: string, a: unknown, b: unknown): readonly Drift[] {
  const [before, after] = [withoutToolchains(a), withoutToolchains(b)];
  const at = `profiles.${name}`;
  return [
    ...toolchainDrift(at, toolchainsOf(a), toolchainsOf(b)),
    ...differences(at, before, after).map((each) => {
      const key = each.path.slice(at.length + 1).split(".")[0] ?? "";
      return as(MODEL.has(key) ? "model" : key === "agent" ? "agent" : "profile")(each);
    }),
  ];
}

/** By name: a version where it has one, and whether its content is the same. */
function toolchainDrift(at: string, a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): readonly Drift[] {
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const [before, after] = [a.get(name) ?? "(not set)", b.get(name) ?? "(not set)"];
    return before === after ? [] : [{ about: "toolchain", what: `${at}: ${name}`, a: before, b: after } as const];
  });
}

function toolchainsOf(entry: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const treatment = isRecord(entry) ? entry["treatment"] : null;
  for (const each of platformsOf(treatment)) {
    const toolchains = each["toolchains"];
    if (!Array.isArray(toolchains)) continue;
    for (const toolchain of toolchains.filter(isRecord)) {
      const { name, version, hash } = toolchain;
      if (typeof name !== "string" || typeof hash !== "string") continue;
      const shown = `${typeof version === "string" ? `${version} ` : ""}#${hash.slice(0, 12)}`;
      const known = found.get(name);
      found.set(name, known === undefined ? shown : `${known}, ${shown}`);
    }
  }
  return found;
}

function platformsOf(treatment: unknown): readonly Record<string, unknown>[] {
  if (!isRecord(treatment)) return [];
  const several = treatment["by_platform"];
  return Array.isArray(several) ? several.filter(isRecord) : [treatment];
}

function withoutToolchains(entry: unknown): unknown {
  if (!isRecord(entry) || !isRecord(entry["treatment"])) return entry;
  const rest = platformsOf(entry["treatment"]).map(({ toolchains: _toolchains, ...other }) => other);
  const [first, ...more] = rest;
  // Of several kinds of sandbox everything but the toolchains is the same.
  const same = more.every((each) => stableJson(each) === stableJson(first));
  return { ...entry, treatment: same ? first : rest };
}

function rewardRule({ analysis }: LockParts): unknown {
  return analysis === undefined ? {} : { reward_key: analysis.reward_key, success_at: analysis.success_at };
}

function as(about: Drift["about"]): (difference: Difference) => Drift {
  return ({ path, before, after }) => ({ about, what: path, a: before, b: after });
}
