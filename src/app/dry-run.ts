/** `run --dry-run`: the Harbor job of each profile and the order, as text and as JSON; nothing is started or written. */
import { listBatches } from "../results/batch.ts";
import { NEWEST_DIALECT } from "../planning/harbor-dialect.ts";
import type { HarborJobConfig } from "../planning/harbor-job.ts";
import { describeJobs, jobsDirOf } from "./harbor-jobs.ts";
import { type PlanRequest, preparePlan } from "./prepare-plan.ts";
import type { BatchRequest } from "./target-batch.ts";
import { plural } from "../terminal/figures.ts";

export interface DryRun {
  readonly text: string;
  readonly json: {
    readonly jobs: readonly HarborJobConfig[];
    readonly order: readonly string[];
    readonly refused: readonly string[];
  };
}

export async function dryRun(request: PlanRequest & BatchRequest): Promise<DryRun> {
  const prepared = await preparePlan(request);
  const { plan } = prepared;
  const batches = await listBatches(plan.run.resultsRoot, plan.slug);
  const batch = request.batch ?? (batches.at(-1) ?? -1) + 1;
  const jobsDir = jobsDirOf(plan.run.resultsRoot, plan.slug, batch);
  const described = describeJobs({ prepared, toDo: plan.trials, jobsDir, now: new Date() }, NEWEST_DIALECT);
  const jobs = described.map(({ config }) => config);
  const order = plan.trials
    .filter((trial) => trial.refused === null)
    .map(({ task, profile, attempt }) => `${task} ${profile} #${attempt}`);
  const refused = plan.trials.flatMap(({ task, profile, attempt, refused: failure }) =>
    failure === null ? [] : [`${task} ${profile} #${attempt}: ${failure.message}`],
  );
  const text = [
    ...jobs.map((job) => JSON.stringify(job, null, 2)),
    "",
    `order (${plural(order.length, "trial")}, ${plan.slots} at a time):`,
    ...order.map((line) => `  ${line}`),
    ...(refused.length === 0 ? [] : ["refused:", ...refused.map((line) => `  ${line}`)]),
    "",
  ].join("\n");
  return { text, json: { jobs, order, refused } };
}
