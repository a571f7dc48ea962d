import type { Experiment, Origin } from "../contract/experiment.ts";
import { explain } from "../experiment/explain.ts";

/** Every value with where it came from, as it would be written in the file. */
export function explained(
  experiment: Experiment,
): readonly { readonly key: string; readonly value: string; readonly origin: Origin }[] {
  return explain(experiment).map(({ key, value, origin, unused }) => ({
    key,
    value: `${value === null || value === undefined ? "(none)" : JSON.stringify(value)}${unused === undefined ? "" : `  (not used: ${unused})`}`,
    origin,
  }));
}
