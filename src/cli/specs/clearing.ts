/** Commands that put in order what was left, and throw away what is not needed. */
import type { CommandSpec } from "../command-spec.ts";
import { BAD_INPUT, batch, DONE, json } from "./common.ts";

export const clearing = {
  recover: {
    summary: "put a batch in order whose run died: from its folders, and from sandboxes that are still there",
    details:
      "Trials whose tests had given their verdict are recorded; what was cut off is kept and will be run again by the next run. " +
      "Every command does this for what it comes across; this one does it for one batch and says what it found.",
    arguments: { batch },
    options: {
      withoutSandboxes: {
        shape: "switch",
        flags: "--without-sandboxes",
        description: "go by its files alone where Docker cannot be asked; what only its containers hold is given up",
      },
      json: json("what was recovered as one JSON object"),
    },
    examples: [["regatta recover demo/3", "after a crash"]],
    exitCodes: [
      DONE,
      ["1", "something could not be had or removed, or Docker could not be asked: `problems` says what"],
      ["2", "no such batch, or it is being run"],
    ],
  },
  gc: {
    summary: "remove what dead runs left: sandboxes, processes, half-written files; of every project of yours",
    details:
      "Whatever has a living owner is never touched. Each run has a watchdog that does this when the run dies, and so do most commands. " +
      "While Docker cannot be asked, what dead runs left in it stays, and this says so.",
    arguments: {},
    options: {
      dryRun: { shape: "switch", flags: "--dry-run", description: "only say what there is" },
      json: json("what was found and done as one JSON object"),
    },
    examples: [
      ["regatta gc", "remove it"],
      ["regatta gc --dry-run", "what would go"],
    ],
    exitCodes: [
      ["0", "nothing of a dead run is left, or it was only looked"],
      [
        "1",
        "something could not be removed, or Docker could not be asked though a dead run used it: `problems` says what",
      ],
    ],
  },
  kill: {
    summary: "stop this project's runs; without --yes, only list them",
    arguments: { batch },
    options: {
      all: {
        shape: "switch",
        flags: "--all",
        description: "every project of yours, and every running container of the Docker host, whoever started it",
      },
      yes: { shape: "switch", flags: "-y, --yes", description: "really do it" },
      json: json("what was found and done as one JSON object"),
    },
    examples: [
      ["regatta kill demo/3", "what would be stopped"],
      ["regatta kill --yes", "stop everything of this project"],
      ["regatta kill --all", "what else runs, containers that are not Regatta's included"],
    ],
    exitCodes: [
      ["0", "listed, or stopped and gone"],
      ["1", "something could not be stopped, or Docker could not be asked: `problems` says what"],
      BAD_INPUT,
    ],
  },
  cache: {
    summary: "show what is kept (images, layers, fetched tasks, toolchains), bring it within a budget, or check it",
    arguments: {
      action: { shape: "required", description: "ls, prune or verify", values: ["ls", "prune", "verify"] },
    },
    options: {
      maxGb: {
        shape: "whole-number",
        flags: "--max-gb <n>",
        description: "with prune: keep this much, what was used last",
        min: 0,
      },
      yes: {
        shape: "switch",
        flags: "-y, --yes",
        description: "with prune: really do it; with verify: remove what is damaged",
      },
      json: json("the entries as one JSON object"),
    },
    examples: [
      ["regatta cache ls", "what there is, the longest unused first"],
      ["regatta cache prune --max-gb 20", "what would go"],
      ["regatta cache prune --max-gb 20 --yes", "let it go"],
      ["regatta cache verify", "reads every toolchain again: is it still what was built?"],
    ],
    exitCodes: [DONE, ["1", "something is damaged, and still there"], ["2", "no such action, or no budget"]],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
