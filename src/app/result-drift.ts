/**
 * Trial directories against what their own records, the launches' locks and the journal say of them. What was written several times at
 * the end of a trial has to agree: a file that was changed by hand, copied from elsewhere, cut or lost does not.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mapBounded } from "../base/bounded.ts";
import { isRecord } from "../base/is-record.ts";
import { stableJson } from "../base/stable-json.ts";
import type { Drift } from "../contract/drift.ts";
import type { Rewards } from "../contract/outcome.ts";
import { cellKey } from "../contract/plan.ts";
import type { PlanLock } from "../contract/plan-lock.ts";
import { isErrno, parseJsonTolerant, readJsonTolerant } from "../host/files.ts";
import { readHarborResult } from "../records/harbor-result.ts";
import { RESULT } from "../records/trial-directory.ts";
import { definitionDigest } from "../records/trial-extras.ts";
import type { DiskTrial } from "../results/disk-trial.ts";
import { journalFile } from "../results/layout.ts";
import type { BatchOnDisk } from "../results/read-batch.ts";
import { readRewards } from "../verifier/rewards.ts";

const READS_AT_ONCE = 16;

export async function resultDrift(found: BatchOnDisk): Promise<readonly Drift[]> {
  const locks = new Map(found.launches.map(({ launch, lock }) => [launch, lock]));
  const trials = await mapBounded(found.trials, READS_AT_ONCE, (trial) =>
    trialDrift(found.dir, trial, trial.launch === null ? undefined : locks.get(trial.launch)),
  );
  return [
    ...found.problems.map(({ path, message }) => drift(path, "a whole file", message)),
    ...trials.flat(),
    ...(await lostTrials(found)),
  ];
}

async function trialDrift(batch: string, trial: DiskTrial, lock: PlanLock | undefined): Promise<readonly Drift[]> {
  const { dir, id, record, definitionDigest: digest } = trial;
  const found: Drift[] = [];
  const result = await readJsonTolerant(join(batch, dir, RESULT));
  if (result.state === "ok") found.push(...resultAgainst(trial, result.value));
  if (lock === undefined) {
    found.push(drift(dir, "a trial of a launch", "the lock of its launch is not there"));
    return found;
  }
  if (digest !== null && digest !== "" && digest !== definitionDigest(lock, id))
    found.push(drift(`${dir}: definition`, definitionDigest(lock, id), digest));
  const own = await readJsonTolerant(join(batch, dir, "lock.json"));
  const task = own.state === "ok" && isRecord(own.value) && isRecord(own.value["task"]) ? own.value["task"] : {};
  const planned = lock.tasks[id.task]?.digest;
  if (typeof task["digest"] === "string" && planned !== undefined && task["digest"] !== planned)
    found.push(drift(`${dir}/lock.json: task digest`, planned, task["digest"]));
  // What Harbor ran has its rewards in its own form.
  if (record.outcome.kind === "scored" && digest !== null) {
    const said = await readRewards(join(batch, dir, "verifier"));
    if (!("rewards" in said)) found.push(drift(`${dir}/verifier`, shown(record.outcome.rewards), said.failure.message));
    else if (!same(said.rewards, record.outcome.rewards))
      found.push(drift(`${dir}/verifier: rewards`, shown(record.outcome.rewards), shown(said.rewards)));
  }
  return found;
}

function resultAgainst(
  { dir, id, trialName, record, definitionDigest: digest }: DiskTrial,
  value: unknown,
): readonly Drift[] {
  // Without a record of ours this file is the record.
  if (digest === null) return [];
  const read = readHarborResult(value);
  if ("problem" in read) return [drift(`${dir}/${RESULT}`, "a trial's result", read.problem)];
  const found: Drift[] = [];
  if (read.trialName !== trialName) found.push(drift(`${dir}/${RESULT}: trial_name`, trialName, read.trialName));
  const { outcome } = read.toRecord(id);
  const [before, now] = [record.outcome, outcome].map((each) =>
    each.kind === "scored" ? shown(each.rewards) : "no reward",
  );
  const assigned = record.outcome.kind !== "scored" && record.assigned !== undefined;
  if (before !== undefined && now !== undefined && before !== now && !assigned)
    found.push(drift(`${dir}/${RESULT}: rewards`, before, now));
  return found;
}

/** Trials that the journal saw end, in a directory that is gone. Those that were run again have the later one. */
async function lostTrials({ dir, trials }: BatchOnDisk): Promise<readonly Drift[]> {
  const ended = new Map<string, string>();
  const lines = createInterface({ input: createReadStream(journalFile(dir), "utf8"), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      const read = parseJsonTolerant(line);
      if (read.state !== "ok" || !isRecord(read.value) || read.value["type"] !== "trial-ended") continue;
      const { trial, trialDir } = read.value;
      if (!isRecord(trial) || typeof trialDir !== "string") continue;
      const { task, profile, attempt } = trial;
      if (typeof task === "string" && typeof profile === "string" && typeof attempt === "number")
        ended.set(cellKey({ task, profile, attempt }), trialDir);
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
  const there = new Set(trials.map(({ id }) => cellKey(id)));
  return [...ended].flatMap(([key, trialDir]) =>
    there.has(key) ? [] : [drift(trialDir, "a trial that ended", "there is no trial that could be read")],
  );
}

function same(a: Rewards, b: Rewards): boolean {
  return stableJson(a) === stableJson(b);
}

function shown(rewards: Rewards): string {
  return stableJson(rewards);
}

function drift(what: string, a: string, b: string): Drift {
  return { about: "results", what, a, b };
}
