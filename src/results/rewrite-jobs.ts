/** Each job's result.json from what is on the disk, when there is no launch whose memory could write it. */
import { join } from "node:path";
import { isRecord } from "../base/is-record.ts";
import { isFinished } from "../contract/outcome.ts";
import { readJsonTolerant, writeFileAtomic } from "../host/files.ts";
import { RESULT } from "../records/trial-directory.ts";
import type { DiskTrial } from "./disk-trial.ts";
import { jobResult, type JobTrial } from "./harbor/job-result.ts";
import { harborJson } from "./harbor/json.ts";
import { localNaive, utcMicroseconds } from "./harbor/times.ts";
import { jobExtrasFile, runsDir } from "./layout.ts";
import type { BatchOnDisk } from "./read-batch.ts";

export async function rewriteJobs(batch: BatchOnDisk, now: () => Date): Promise<void> {
  for (const { profile, name } of batch.jobs) {
    const extras = await readJsonTolerant(jobExtrasFile(batch.dir, profile));
    // Not one of ours: the real Harbor keeps its own.
    if (extras.state !== "ok" || !isRecord(extras.value)) continue;
    const { id, started_at } = extras.value;
    if (typeof id !== "string" || typeof started_at !== "string") continue;
    const planned = batch.planned.filter((trial) => trial.profile === profile);
    const trials = batch.trials.filter((trial) => trial.id.profile === profile);
    const done = new Set(trials.filter(({ record }) => isFinished(record.outcome)).map((trial) => trial.trialName));
    const complete = planned.every((trial) => trial.refused !== null || done.has(trial.trialName));
    const at = now();
    const facts = {
      id,
      startedAt: started_at,
      updatedAt: utcMicroseconds(at.toISOString()),
      finishedAt: complete && planned.length > 0 ? localNaive(at) : null,
      planned: planned.length,
      running: 0,
    };
    const text = harborJson(
      jobResult(
        facts,
        trials.map((trial) => jobTrial(batch, trial)),
      ),
    );
    await writeFileAtomic(join(runsDir(batch.dir), name, RESULT), text);
  }
}

function jobTrial(batch: BatchOnDisk, { id, trialName, record }: DiskTrial): JobTrial {
  const task = batch.launches.findLast(({ lock }) => lock.tasks[id.task] !== undefined)?.lock.tasks[id.task];
  return {
    trialName,
    taskName: typeof task?.["name"] === "string" ? task["name"] : id.task,
    source: typeof task?.["source"] === "string" ? task["source"] : null,
    record,
  };
}
