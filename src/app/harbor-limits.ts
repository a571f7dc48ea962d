/** What the real Harbor cannot express, refused by name and place before anything starts. */
import type { Experiment } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import { PROFILE_FIELDS } from "../experiment/profiles.ts";
import { RUN_FIELDS } from "../experiment/run-settings.ts";
import type { HarborDialect } from "../planning/harbor-dialect.ts";
import { harborRefusals } from "../planning/harbor-job.ts";

/** @throws UserError with a line for each key */
export function demandExpressible(experiment: Experiment, dialect: HarborDialect): void {
  const keys = new Map(Object.entries(PROFILE_FIELDS).map(([key, field]) => [field, key]));
  const runKeys = new Map(Object.entries(RUN_FIELDS).map(([key, field]) => [field, key]));
  const refused = harborRefusals(experiment.run, experiment.profiles, keys, runKeys, dialect);
  if (refused.length === 0) return;
  const lines = refused.map(({ key, message }) => {
    const origin = experiment.origins[key];
    const line = origin !== undefined && "line" in origin ? `:${origin.line}` : "";
    return `${experiment.file}${line}: ${key}: ${message}`;
  });
  throw new UserError('engine = "harbor" cannot run this experiment as it is written:', lines);
}
