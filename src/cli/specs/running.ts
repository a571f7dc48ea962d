/** Commands that run trials. */
import type { CommandSpec } from "../command-spec.ts";
import { attempts, BAD_INPUT, batch, experiment, json, parallel, profiles, quietVerify, tasks } from "./common.ts";

export const running = {
  run: {
    reapsFirst: true,
    summary: "run an experiment: every profile over every task, in sandboxes",
    details:
      "Makes a new batch, results/<slug>/<n>/, unless the latest one was left unfinished by an identical run: then it says so " +
      "and continues that one. Finished trials are never run again. Before that it looks at disks, addresses, limits, keys and " +
      "clocks: what could not work ends here, and leaves nothing. Ctrl-C once stops in good order, twice at once.",
    arguments: { experiment },
    options: {
      tasks,
      profiles,
      batch: {
        shape: "whole-number",
        flags: "--batch <n>",
        min: 0,
        description: "continue batch n; attempts, tasks and profiles may be added",
      },
      attempts,
      parallel,
      quietVerify,
      new: { shape: "switch", flags: "--new", description: "make a new batch even where one could be continued" },
      dryRun: {
        shape: "switch",
        flags: "--dry-run",
        description: "print the Harbor job of each profile and the order, and start nothing",
      },
      detach: {
        shape: "switch",
        flags: "--detach",
        description: "go on without this terminal; regatta watch shows it from any other",
      },
      json: json("one JSON object per line: every event, then the results"),
    },
    examples: [
      ["regatta run experiments/demo.toml", "everything in the file"],
      ["regatta run experiments/demo.toml --tasks fix-bug,add-test --profiles text", "two tasks, one profile"],
      ["regatta run experiments/demo.toml --batch 3 --attempts 5", "add attempts to batch 3"],
      ["regatta run experiments/demo.toml --dry-run", "what would be run"],
      ["regatta run experiments/demo.toml --detach", "over night; then regatta watch demo"],
    ],
    exitCodes: [
      ["0", "every planned trial was scored"],
      ["1", "some trials were not scored or not started"],
      BAD_INPUT,
      ["130", "interrupted (Ctrl-C)"],
      ["143", "terminated"],
    ],
  },
  retry: {
    reapsFirst: true,
    summary: "run trials again that were not scored",
    details:
      "The earlier trial is set aside, never deleted; the new one lists it with its cost. Trials that were scored are never run again, " +
      "and a definition that has changed since is refused.",
    arguments: { batch },
    options: {
      kind: {
        shape: "list",
        flags: "--kind <kind...>",
        description: "infrastructure (the default), not-treated, verifier-failed",
        values: ["infrastructure", "not-treated", "verifier-failed"],
      },
      tasks,
      profiles,
      parallel,
      quietVerify,
      json: json("one JSON object per line: every event, then the results"),
    },
    examples: [
      ["regatta retry demo/3", "what the infrastructure failed"],
      ["regatta retry demo/3 --kind verifier-failed --tasks fix-bug", "tests that gave no verdict, of one task"],
    ],
    exitCodes: [
      ["0", "every planned trial of the batch is scored now"],
      ["1", "some are not"],
      BAD_INPUT,
      ["130", "interrupted (Ctrl-C)"],
      ["143", "terminated"],
    ],
  },
  reproduce: {
    summary: "run the plan of a batch again, as a new batch",
    details:
      "From the batch's own copy of its experiment file and its lock, whatever became of the file since. Refused, with everything named and what to do about it, where an input is gone or not what it was: " +
      "tasks, what profiles are made of, and the images that trials ran in, by id. An image that was built here and removed cannot be put back; --accept-other-images goes on without it.",
    arguments: { batch: { ...batch, shape: "required" } },
    options: {
      batch: {
        shape: "whole-number",
        flags: "--batch <n>",
        min: 0,
        description: "go on with a reproduction that was cut short",
      },
      acceptOtherImages: {
        shape: "switch",
        flags: "--accept-other-images",
        description:
          "run although images are gone, are not the ones that the batch ran in, or are built anew by force_rebuild; everything else must be what it was",
      },
      parallel,
      quietVerify,
      json: json("one JSON object per line: every event, then the results"),
    },
    examples: [
      ["regatta reproduce demo/3", "the same again: demo/4"],
      [
        "regatta reproduce demo/3 --accept-other-images",
        "the same tasks and profiles, in images that were pruned and are built again",
      ],
    ],
    exitCodes: [
      ["0", "every planned trial was scored"],
      ["1", "some trials were not scored or not started"],
      ["2", "bad input, or inputs that are gone or changed: nothing was started"],
      ["130", "interrupted (Ctrl-C)"],
      ["143", "terminated"],
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
