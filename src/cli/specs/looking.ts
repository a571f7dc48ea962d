/** Commands that show batches. */
import type { CommandSpec } from "../command-spec.ts";
import { BAD_INPUT, batch, DONE, json } from "./common.ts";

export const looking = {
  status: {
    reapsFirst: true,
    summary: "show running and recent batches, and how far each is",
    arguments: { batch },
    options: {
      json: json("the batches as one JSON object"),
      watch: { shape: "switch", flags: "--watch", description: "stay, and show changes as they come" },
    },
    examples: [
      ["regatta status", "all batches here"],
      ["regatta status demo/3 --watch", "follow one batch"],
    ],
    exitCodes: [DONE, BAD_INPUT],
  },
  results: {
    reapsFirst: true,
    summary: "show the results table of a batch again",
    arguments: { batch },
    options: { json: json("the results as one JSON object") },
    examples: [
      ["regatta results", "of the latest batch"],
      ["regatta results demo/3 --json", "of batch 3 of demo, for a script"],
    ],
    exitCodes: [
      ["0", "every planned trial was scored"],
      ["1", "some trials were not scored or not started"],
      ["2", "no such batch"],
    ],
  },
  watch: {
    reapsFirst: true,
    summary: "show the progress of a run that goes on, from any shell; ends with it",
    arguments: { batch },
    options: { json: json("one JSON object per line: every event of its latest launch, then the results") },
    examples: [
      ["regatta watch", "the latest batch"],
      ["regatta watch demo/3", "this one"],
    ],
    exitCodes: [
      ["0", "it is over, and every planned trial was scored"],
      ["1", "it is over, and some trials were not scored or not started"],
      ["2", "no such batch"],
    ],
  },
  index: {
    reapsFirst: true,
    summary: "rebuild a batch's runs/index.json from its trial directories",
    arguments: { batch },
    options: {},
    examples: [
      ["regatta index", "of the latest batch"],
      ["regatta index results/demo/3", "of this batch"],
    ],
    exitCodes: [DONE, ["2", "no such batch"]],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
