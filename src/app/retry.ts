/** `regatta retry`: the request for a run that goes through trials of a batch again which were not scored. */
import { UserError } from "../contract/failure.ts";
import type { NotScoredReason } from "../contract/outcome.ts";
import { readBatch } from "../results/read-batch.ts";
import { storedExperiment } from "../results/stored-experiment.ts";
import { findBatch } from "./find-batch.ts";
import type { RunRequest } from "./run.ts";

const REASONS: readonly NotScoredReason[] = ["infrastructure", "not-treated", "verifier-failed"];

export interface RetryChoice {
  readonly batch: string | undefined;
  readonly cwd: string;
  readonly kinds: readonly string[];
  /** Empty = all. */
  readonly tasks: readonly string[];
  readonly profiles: readonly string[];
  readonly parallel: number | null;
  readonly quietVerify: boolean;
}

/** The batch's experiment as it was last launched, over the attempts that it has by now. */
export async function retryRequest(choice: RetryChoice): Promise<Omit<RunRequest, "say" | "version">> {
  const kinds = choice.kinds.map((kind) => {
    const reason = REASONS.find((each) => each === kind);
    if (reason === undefined) throw new UserError(`--kind: found ${kind}, expected ${REASONS.join(", ")}`);
    return reason;
  });
  const place = await findBatch(choice.batch, choice.cwd);
  const found = await readBatch(place.dir);
  const last = found.launches.at(-1);
  if (last === undefined) throw new UserError(`${place.dir} has no plan that can be read: what it ran is not known`);
  const wanted = found.trials.filter(
    ({ id, record: { outcome } }) =>
      outcome.kind === "not-scored" &&
      kinds.includes(outcome.reason) &&
      (choice.tasks.length === 0 || choice.tasks.includes(id.task)) &&
      (choice.profiles.length === 0 || choice.profiles.includes(id.profile)),
  );
  const { experiment_file, overrides } = last.lock;
  // Attempts that an earlier launch added count too.
  const most = Math.max(1, ...found.planned.map((trial) => trial.attempt));
  return {
    file: storedExperiment(place.dir, last.launch),
    copyOf: experiment_file,
    tasks: wanted.length === 0 ? choice.tasks : [...new Set(wanted.map(({ id }) => id.task))],
    profiles: wanted.length === 0 ? choice.profiles : [...new Set(wanted.map(({ id }) => id.profile))],
    overrides: {
      attempts: Math.max(most, typeof overrides["attempts"] === "number" ? overrides["attempts"] : 1),
      ...(choice.parallel === null ? {} : { parallel: choice.parallel }),
      ...(choice.quietVerify || overrides["quiet_verify"] === true ? { quiet_verify: true } : {}),
    },
    batch: place.batch,
    forceNew: false,
    retry: kinds,
  };
}
