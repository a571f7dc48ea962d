/** `[tasks]`. */
import { z } from "zod";
import { DEFAULT_DATASET } from "../defaults.ts";
import { isPrintable, path } from "./values.ts";
import { option } from "./words.ts";

const dataset = z
  .string()
  .regex(/^\S(.*\S)?$/)
  .refine(isPrintable);
const datasetExpected = 'a dataset such as "terminal-bench@2.0", or a folder such as "./my-dataset"';

export const taskTable = z.strictObject({
  dataset: option(dataset, {
    description:
      'The dataset that has this task: name@version, or a folder ("./…" or absolute). Default: tasks.default_dataset.',
    expected: datasetExpected,
  }),
  path: option(path, {
    description: "A task directory, relative to the project root. Stands in place of a dataset.",
    expected: "the path of a task directory",
  }),
});

/** The keys of `[tasks]` that are not task ids. */
export const tasksHead = z.strictObject({
  default_dataset: option(dataset, {
    description: "The dataset of every task that names neither a dataset nor a path.",
    expected: datasetExpected,
    default: DEFAULT_DATASET,
  }),
});
