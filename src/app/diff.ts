/** `regatta diff`: two trials, found by directory or by name, and what their agents did differently. */
import { readdir, realpath } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readSide, type TrialSide } from "../analytics/diff/read-side.ts";
import { inNeither, type SideOfDiff, type TrajectoryDiff, trajectoryDiff } from "../analytics/diff/trajectory-diff.ts";
import { versionNote } from "../analytics/trajectory/atif-version.ts";
import { nearest } from "../base/nearest.ts";
import { UserError } from "../contract/failure.ts";
import { outcomeWord } from "../contract/outcome.ts";
import { rewardRuleOf } from "../contract/plan-lock.ts";
import { DEFAULT_RULE, type RewardRule } from "../contract/reward-rule.ts";
import { isErrno } from "../host/files.ts";
import { readLaunches } from "../results/launches.ts";
import { runsDir } from "../results/layout.ts";

export type { TrajectoryDiff } from "../analytics/diff/trajectory-diff.ts";

export interface DiffedTrial extends Omit<TrialSide, "steps" | "facts" | "strangeVersions"> {
  /** Absolute. */
  readonly dir: string;
  readonly task: string;
  /** Null where the trial does not say: then it is not ours. */
  readonly profile: string | null;
  readonly attempt: number | null;
  readonly agent: string;
  readonly model: string | null;
  /** `scored`, `infrastructure`, … */
  readonly outcome: string;
  /** Of it all, what is in neither stretch of its steps. */
  readonly neither: ReturnType<typeof inNeither>;
}

export interface Diffed {
  readonly trials: readonly [DiffedTrial, DiffedTrial];
  readonly diff: TrajectoryDiff;
  /** What to know of this pair, in sentences. */
  readonly notes: readonly string[];
}

export async function diffTrials(cwd: string, a: string, b: string): Promise<Diffed> {
  const [first, second] = [await placeOf(a, cwd), await placeOf(b, cwd)];
  const [sideA, sideB] = [readSide(first.dir, first.rule), readSide(second.dir, second.rule)];
  const diff = trajectoryDiff(sideA.steps, sideB.steps);
  const trials = [trialOf(first.dir, sideA, diff.a), trialOf(second.dir, sideB, diff.b)] as const;
  return { trials, diff, notes: notesOf(trials, sideA, sideB, diff) };
}

interface TrialPlace {
  readonly dir: string;
  readonly rule: RewardRule;
}

/** A directory, else `<slug>/<n>/<trial name>`, whatever stands for a batch in its place. */
async function placeOf(argument: string, cwd: string): Promise<TrialPlace> {
  const path = resolve(cwd, argument);
  // <batch>/runs/<job>/<trial>
  if (await isThere(path)) return { dir: path, rule: await ruleOf(resolve(path, "../../..")) };
  const slash = argument.lastIndexOf("/");
  if (slash <= 0)
    throw new UserError(`There is no trial "${argument}".`, [
      "Expected the directory of a trial, or <slug>/<n>/<trial name>.",
    ]);
  if (/^\.{0,2}\//.test(argument))
    throw new UserError(`There is no directory ${argument}.`, [
      `Looked for ${path}.`,
      "A path is taken from the folder that this is run in: commands printed in a report say beside them in which folder they work.",
    ]);
  const { findBatch } = await import("./find-batch.ts");
  const { dir } = await batchOfTrial(argument, argument.slice(0, slash), () =>
    findBatch(argument.slice(0, slash), cwd),
  );
  const name = argument.slice(slash + 1);
  const found: string[] = [];
  const names: string[] = [];
  for (const job of await namesIn(runsDir(dir))) {
    const trials = await namesIn(join(runsDir(dir), job));
    names.push(...trials);
    if (trials.includes(name)) found.push(join(runsDir(dir), job, name));
  }
  const [only, ...more] = found;
  if (only === undefined) {
    const near = nearest(name, names);
    throw new UserError(
      `${argument.slice(0, slash)} has no trial "${name}".${near === null ? "" : ` Did you mean "${near}"?`}`,
      ["Trials are called as their directories under runs/; regatta analyze --list shows their paths."],
    );
  }
  if (more.length > 0) throw new UserError(`Several jobs have a trial "${name}": give its directory.`, found);
  return { dir: only, rule: await ruleOf(dir) };
}

async function batchOfTrial<T>(argument: string, batch: string, find: () => Promise<T>): Promise<T> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`There is no trial "${argument}": no such directory here, and no batch "${batch}".`, [
      ...error.lines,
      "<slug>/<n>/<trial name> is looked for in the project's folder, which holds results/: run it there, or give the trial's directory.",
    ]);
  }
}

async function ruleOf(batch: string): Promise<RewardRule> {
  // What cannot be read of a batch is told by the commands about batches.
  const last = (await readLaunches(batch, () => undefined)).at(-1);
  return last === undefined ? DEFAULT_RULE : rewardRuleOf(last.lock);
}

function trialOf(dir: string, { facts, reward, tokens, costUsd, seconds }: TrialSide, side: SideOfDiff): DiffedTrial {
  const { own, agent, task, outcome } = facts;
  return {
    dir,
    task,
    profile: own?.profile ?? null,
    attempt: own?.attempt ?? null,
    agent: `${agent.name} ${agent.version}`,
    model: agent.model,
    outcome: outcomeWord(outcome),
    reward,
    tokens,
    costUsd,
    seconds,
    neither: inNeither({ tokens, costUsd, seconds }, side),
  };
}

function notesOf(
  [a, b]: readonly [DiffedTrial, DiffedTrial],
  { facts: factsA, strangeVersions: versionsA }: TrialSide,
  { facts: factsB, strangeVersions: versionsB }: TrialSide,
  diff: TrajectoryDiff,
): readonly string[] {
  const [sumA, sumB] = [factsA.taskChecksum, factsB.taskChecksum];
  return [
    ...(a.task === b.task ? [] : [`They are trials of different tasks: ${a.task} and ${b.task}.`]),
    ...(a.task === b.task && sumA !== null && sumB !== null && sumA !== sumB
      ? ["The task was not the same for both: its checksums differ."]
      : []),
    ...[versionNote("A", versionsA), versionNote("B", versionsB)].flatMap((note) => (note === null ? [] : `${note}.`)),
    ...[diff.a, diff.b].flatMap(({ cutAt, actions }: SideOfDiff, at) =>
      cutAt === null
        ? []
        : [`Of ${at === 0 ? "A" : "B"} only the first ${cutAt} of ${actions.length} actions were compared.`],
    ),
  ];
}

async function isThere(path: string): Promise<boolean> {
  try {
    await realpath(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG")) return false;
    throw error;
  }
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return (await readdir(dir)).sort();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
