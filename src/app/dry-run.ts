/** `run --dry-run`: the Harbor job of each profile and the order, as text and as JSON; nothing is started or written. */
import { join } from "node:path";
import { listBatches } from "../results/batch.ts";
import { harborJobConfig, type HarborJobConfig } from "../planning/job-config.ts";
import { jobStamp } from "../results/harbor/times.ts";
import { type PlanRequest, preparePlan } from "./prepare-plan.ts";
import type { BatchRequest } from "./target-batch.ts";

export interface DryRun {
  readonly text: string;
  readonly json: {
    readonly jobs: readonly HarborJobConfig[];
    readonly order: readonly string[];
    readonly refused: readonly string[];
  };
}

export async function dryRun(request: PlanRequest & BatchRequest): Promise<DryRun> {
  const { plan } = await preparePlan(request);
  const batches = await listBatches(plan.run.resultsRoot, plan.slug);
  const batch = request.batch ?? (batches.at(-1) ?? -1) + 1;
  const jobsDir = join(plan.run.resultsRoot, plan.slug, String(batch), "runs");
  const stamp = jobStamp(new Date());
  const jobs = plan.profiles.map(({ profile }) => harborJobConfig(plan, profile, `${stamp}__${profile.key}`, jobsDir));
  const order = plan.trials
    .filter((trial) => trial.refused === null)
    .map(({ task, profile, attempt }) => `${task} ${profile} #${attempt}`);
  const refused = plan.trials.flatMap(({ task, profile, attempt, refused: failure }) =>
    failure === null ? [] : [`${task} ${profile} #${attempt}: ${failure.message}`],
  );
  const text = [
    ...jobs.map((job) => JSON.stringify(job, null, 2)),
    "",
    `order (${order.length} trials, ${plan.slots} at a time):`,
    ...order.map((line) => `  ${line}`),
    ...(refused.length === 0 ? [] : ["refused:", ...refused.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
  return { text, json: { jobs, order, refused } };
}
