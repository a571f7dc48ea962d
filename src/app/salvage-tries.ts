/**
 * Takes out of the sandboxes of a dead run what its tries still lack: the rewards of tests that had ended, and the agent's logs of a try
 * that had not come so far, made into a trajectory and a cost.
 *
 * Logs are kept only where the plan can still be made, because only then its secrets are known and can be taken out.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { agentNamed } from "../agents/registry.ts";
import { INSIDE } from "../contract/inside.ts";
import { UserError } from "../contract/failure.ts";
import { NO_TREATMENT } from "../contract/treatment.ts";
import type { DownloadLimits, Leftover } from "../environments/environment.ts";
import { syncTree } from "../host/files.ts";
import { makeRedactor } from "../host/redact.ts";
import { redactTree } from "../host/redact-tree.ts";
import { EXTRAS, EXTRAS_FILE, RESULT } from "../records/trial-directory.ts";
import { exists } from "../results/disk-trial.ts";
import { triesDir } from "../results/layout.ts";
import type { PlannedTrial } from "../results/launches.ts";
import { type BatchOnDisk, readBatch } from "../results/read-batch.ts";
import { storedExperiment } from "../results/stored-experiment.ts";
import { writeDeadTry } from "../results/recover.ts";
import { readCheckpoint, readVerdict, writeVerdict } from "../results/unfinished-try.ts";
import { readRewards } from "../verifier/rewards.ts";
import { type PreparedPlan, preparePlan } from "./prepare-plan.ts";

const LIMITS: DownloadLimits = { maxBytes: 1 << 30, maxFiles: 100_000, maxFileBytes: 1 << 29, timeoutSec: 60 };

/** @returns what could not be had, in words: it is lost, and holds nothing up. */
export async function salvageTries(batchDir: string, sandboxes: readonly Leftover[]): Promise<readonly string[]> {
  if (sandboxes.length === 0) return [];
  const lost: string[] = [];
  const batch = await readBatch(batchDir);
  const planned = new Map(batch.planned.map((trial) => [trial.trialName, trial]));
  let preparing: Promise<PreparedPlan | null> | undefined;
  for (const sandbox of sandboxes) {
    const trial = planned.get(sandbox.labels["regatta.trial"] ?? "");
    if (trial === undefined || sandbox.salvage === undefined) continue;
    const tryDir = join(triesDir(batchDir), trial.profile, trial.trialName, sandbox.labels["regatta.try"] ?? "");
    if (!(await exists(join(tryDir, EXTRAS)))) continue;
    // It has happened, and only has to get into its job: nothing in it may change any more.
    if (await exists(join(tryDir, RESULT))) continue;
    try {
      if ((await readCheckpoint(tryDir)) === null) {
        // Its run had collected what there was, and knew better why it ended.
        if (await exists(join(tryDir, EXTRAS, EXTRAS_FILE))) continue;
        const prepared = await (preparing ??= planOf(batch));
        if (prepared !== null) await salvageLogs(batch, trial, tryDir, sandbox, prepared);
      } else if ((await readVerdict(tryDir)) === null) await salvageVerdict(tryDir, sandbox);
    } catch (error) {
      lost.push(`${sandbox.name}: nothing could be taken out of it: ${(error as Error).message}`);
    }
  }
  return lost;
}

/** Only of tests that had ended by themselves: a reward of others may be the first of two. */
async function salvageVerdict(tryDir: string, sandbox: Leftover): Promise<void> {
  const scratch = scratchIn(tryDir);
  try {
    const got = await sandbox.salvage?.(INSIDE.verifierLogs, scratch, LIMITS);
    if (got === null || got === undefined) return;
    if (!(await exists(join(scratch, basename(INSIDE.testsOver))))) return;
    const reading = await readRewards(scratch);
    if (!("rewards" in reading)) return;
    await mkdir(join(tryDir, "verifier"), { recursive: true });
    for (const name of ["reward.json", "reward.txt"])
      if (await exists(join(scratch, name))) await rename(join(scratch, name), join(tryDir, "verifier", name));
    await writeVerdict(tryDir, reading.rewards);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function salvageLogs(
  batch: BatchOnDisk,
  trial: PlannedTrial,
  tryDir: string,
  sandbox: Leftover,
  { plan, variables }: PreparedPlan,
): Promise<void> {
  const task = plan.tasks.find((each) => each.task.id === trial.task)?.task;
  const profile = plan.profiles.find((each) => each.profile.key === trial.profile)?.profile;
  if (task === undefined || profile === undefined) return;
  const scratch = scratchIn(tryDir);
  try {
    const got = await sandbox.salvage?.(INSIDE.agentLogs, scratch, LIMITS);
    if (got === null || got === undefined) return;
    const redactor = makeRedactor(variables.secrets());
    if (redactor.active) {
      const { unchecked } = await redactTree(scratch, redactor);
      for (const { path } of unchecked) await rm(join(scratch, path), { recursive: true, force: true });
    }
    const agentDir = join(tryDir, "agent");
    await rm(agentDir, { recursive: true, force: true });
    await rename(scratch, agentDir);
    const { info, usage, remarks } = await agentNamed(profile.agent).collect({
      profile,
      task,
      treatment: NO_TREATMENT,
      instruction: task.instruction,
      agentDir,
      report: null,
    });
    await syncTree(agentDir);
    await writeDeadTry(batch, trial, tryDir, { agent: info, usage, remarks }, () => new Date());
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Under a name that is removed when this, too, is killed. */
function scratchIn(tryDir: string): string {
  return join(tryDir, EXTRAS, `.salvage.${randomUUID().slice(0, 8)}.tmp`);
}

/** Of the latest launch; null when it cannot be made any more. */
async function planOf(batch: BatchOnDisk): Promise<PreparedPlan | null> {
  const last = batch.launches.at(-1);
  if (last === undefined) return null;
  const file = storedExperiment(batch.dir, last.launch);
  const copyOf = last.lock.experiment_file;
  try {
    return await preparePlan({ file, copyOf, say: () => undefined, tasks: [], profiles: [], overrides: {} });
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}
