/**
 * One trial directory → what is known of the trial: our extras, else Harbor's result.json alone.
 *
 * The task comes from the file, never from the directory's name, which Harbor cuts at 32 characters.
 */
import { constants } from "node:fs";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isFinished } from "../contract/outcome.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";
import { isErrno, type JsonRead, parseJsonTolerant, readJsonTolerant } from "../host/files.ts";
import { type HarborTrial, readHarborResult } from "../records/harbor-result.ts";
import { type PlannedTrial, whyNot } from "./launches.ts";
import { EXTRAS, EXTRAS_FILE, RESULT } from "../records/trial-directory.ts";
import type { StoredTrial } from "./store.ts";
import { asTrialExtras } from "../records/trial-extras.ts";

export interface DiskTrial extends StoredTrial {
  /** Whose lock defines it; null when only Harbor's files tell of it. */
  readonly launch: number | null;
  readonly definitionDigest: string | null;
  readonly hasTrajectory: boolean;
}

/** A trial whose own files do not say which attempt it is. */
export interface UnidentifiedTrial {
  readonly dir: string;
  readonly profile: string;
  readonly hasTrajectory: boolean;
  readonly harbor: HarborTrial;
}

export interface TrialReading {
  readonly path: string;
  /** Null when the directory holds no finished trial. */
  readonly trial: DiskTrial | UnidentifiedTrial | null;
  readonly problem: string | null;
}

/** @param path of the trial directory, relative to the batch. */
export async function readTrialDir(batchDir: string, path: string, profile: string): Promise<TrialReading> {
  const dir = join(batchDir, path);
  const resultText = await readText(join(dir, RESULT));
  if (typeof resultText !== "string") {
    return { path, trial: null, problem: `${RESULT}: ${resultText.problem}, so this is no finished trial` };
  }
  const hasTrajectory = await exists(join(dir, "agent", "trajectory.json"));
  const read = await readJsonTolerant(join(dir, EXTRAS, EXTRAS_FILE));
  const extras = read.state === "ok" ? asTrialExtras(read.value) : null;
  if (extras !== null) {
    const { record, launch, definition_digest } = extras;
    const trial: DiskTrial = {
      id: record.id,
      trialName: record.trialName,
      dir: path,
      record,
      launch,
      definitionDigest: definition_digest,
      hasTrajectory,
    };
    // Whole JSON ends with its closing brace: enough to see a cut file without parsing thousands of them.
    const whole = resultText.trimEnd().endsWith("}");
    return { path, trial, problem: whole ? null : `${RESULT}: cut short; read from ${EXTRAS}/${EXTRAS_FILE}` };
  }
  return fromHarbor({ path, profile, hasTrajectory }, parseJsonTolerant(resultText), read);
}

function fromHarbor(
  about: { readonly path: string; readonly profile: string; readonly hasTrajectory: boolean },
  result: JsonRead,
  extras: JsonRead,
): TrialReading {
  const { path, profile, hasTrajectory } = about;
  const damaged = extras.state === "missing" ? "" : `${EXTRAS}/${EXTRAS_FILE} is damaged; `;
  if (result.state !== "ok") return { path, trial: null, problem: `${damaged}${RESULT}: ${whyNot(result)}` };
  const harbor = readHarborResult(result.value);
  if ("problem" in harbor) return { path, trial: null, problem: `${damaged}${RESULT}: ${harbor.problem}` };
  return {
    path,
    trial: { dir: path, profile, hasTrajectory, harbor },
    problem: damaged === "" ? null : `${damaged}read from ${RESULT} alone`,
  };
}

/**
 * Finds the cell of each trial that does not name it: by trial_name in the plan, else the next free attempt of its task,
 * in order of starting.
 *
 * @param idOfName our ids by Harbor's names of tasks, which may be `org/name`
 */
export function identifyUnknown(
  found: readonly (DiskTrial | UnidentifiedTrial)[],
  planned: readonly PlannedTrial[],
  idOfName: ReadonlyMap<string, string>,
): readonly DiskTrial[] {
  const byName = new Map(planned.map((trial) => [trial.trialName, trial]));
  const known = found.filter((trial) => "record" in trial);
  const unknown = found.filter((trial) => "harbor" in trial);
  const taken = new Set(known.map(({ id }) => cellKey(id)));
  const identified = unknown
    .toSorted((a, b) => (a.harbor.startedAt < b.harbor.startedAt ? -1 : 1))
    .map((trial): DiskTrial => {
      const { dir, profile, hasTrajectory, harbor } = trial;
      const plan = byName.get(harbor.trialName);
      const id =
        plan === undefined || plan.profile !== profile
          ? nextFree(idOfName.get(harbor.taskName) ?? harbor.taskName, profile, taken)
          : { task: plan.task, profile, attempt: plan.attempt };
      const launch = plan?.launch ?? null;
      const record = harbor.toRecord(id);
      // One that was cancelled leaves its place to the one that was run instead.
      if (isFinished(record.outcome)) taken.add(cellKey(id));
      return { id, trialName: harbor.trialName, dir, record, launch, definitionDigest: null, hasTrajectory };
    });
  return [...known, ...identified];
}

function nextFree(task: string, profile: string, taken: ReadonlySet<string>): TrialId {
  for (let attempt = 1; ; attempt++) {
    const id = { task, profile, attempt };
    if (!taken.has(cellKey(id))) return id;
  }
}

async function readText(path: string): Promise<string | { readonly problem: string }> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return { problem: "it is missing" };
    return { problem: (error as Error).message };
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path, constants.F_OK);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "ELOOP")) return false;
    throw error;
  }
}
