/** What a plan may cost, from what the trials of earlier batches of the same experiment cost. */
import { join } from "node:path";
import type { Plan } from "../contract/plan.ts";
import { listBatches } from "../results/batch.ts";
import { readBatch } from "../results/read-batch.ts";
import { plural } from "../terminal/figures.ts";

export interface ExpectedCost {
  /** Null = the trials seen do not say; `because` then has the reason. */
  readonly usd: number | null;
  /** Trials that the plan would start. */
  readonly trials: number;
  /** Trials of known cost that the estimate is made of. */
  readonly seen: number;
  readonly because: string;
}

/**
 * A trial is expected to cost what trials of its task under its profile did on average; where there were none, what its profile's
 * trials did. Of earlier batches the latest with any known cost counts.
 */
export async function expectedCost(plan: Plan): Promise<ExpectedCost> {
  const toRun = plan.trials.filter(({ refused }) => refused === null);
  const unknown = (because: string): ExpectedCost => ({ usd: null, trials: toRun.length, seen: 0, because });
  for (const batch of (await listBatches(plan.run.resultsRoot, plan.slug)).toReversed()) {
    const { trials } = await readBatch(join(plan.run.resultsRoot, plan.slug, String(batch)));
    const cells = new Map<string, number[]>();
    for (const { id, record } of trials) {
      const cost = record.usage?.costUsd ?? null;
      if (cost === null) continue;
      for (const key of [id.profile, `${id.profile}\0${id.task}`]) cells.set(key, [...(cells.get(key) ?? []), cost]);
    }
    if (cells.size === 0) continue;
    const costs = toRun.map(({ profile, task }) => mean(cells.get(`${profile}\0${task}`) ?? cells.get(profile)));
    const missing = new Set(toRun.filter((_, at) => costs[at] === null).map(({ profile }) => profile));
    if (missing.size > 0) return unknown(`batch ${batch} has no known cost of ${[...missing].join(", ")}`);
    const seen = trials.filter(({ record }) => (record.usage?.costUsd ?? null) !== null).length;
    const usd = costs.reduce((sum: number, cost) => sum + (cost ?? 0), 0);
    return { usd, trials: toRun.length, seen, because: `from ${plural(seen, "trial")} of batch ${batch}` };
  }
  return unknown("no earlier batch of this experiment has a trial of known cost");
}

function mean(values: readonly number[] | undefined): number | null {
  if (values === undefined || values.length === 0) return null;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
