/** Commands that hold two things against each other. */
import type { CommandSpec } from "../command-spec.ts";
import { alpha, batch, by, DONE, json, margin, pairs, rewardKey, side, successAt, tasks } from "./common.ts";

export const comparing = {
  compare: {
    summary: "compare two batches, or two directories of Harbor jobs",
    details:
      "What drifted between them comes first: versions, task digests, toolchains, models, limits, the reward rule. Profiles of the same name " +
      "are compared over the tasks both have, as A:<name> and B:<name>, by the same statistics as analyze. A control of another batch is a historical one, and that is said.",
    arguments: { a: side("A"), b: side("B") },
    options: {
      profiles: pairs,
      tasks,
      by,
      margin,
      alpha,
      rewardKey,
      successAt,
      seed: {
        shape: "whole-number",
        flags: "--seed <n>",
        min: 0,
        description: "of what is drawn at random; default 1",
      },
      json: json("the comparison as one JSON object"),
    },
    examples: [
      ["regatta compare demo/3 demo/5", "the same profiles, before and after"],
      ["regatta compare demo/3 other/0 --profiles text=codegraph", "two profiles of two experiments"],
      ["regatta compare jobs/2026-04-17__17-44-49 jobs/2026-04-18__09-12-01", "anyone's Harbor jobs"],
    ],
    exitCodes: [DONE, ["2", "bad input, or one of them has no trial that could be read"]],
  },
  gate: {
    summary: "say whether B may pass: not worse than A, worse, or not known",
    details:
      "For CI: B is a batch with a change, A one without it. Non-inferiority by the same statistics as analyze; the rule is printed with the verdict, and docs/gate.md explains it. " +
      "In a GitHub workflow annotations are printed too.",
    arguments: { a: side("A"), b: side("B") },
    options: {
      margin: { ...margin, description: "a loss up to this is accepted; default: [analysis] of A, else 0.05" },
      profiles: pairs,
      tasks,
      by,
      alpha,
      rewardKey,
      successAt,
      junit: {
        shape: "text",
        flags: "--junit <file>",
        description: "also JUnit XML",
      },
      markdown: {
        shape: "text",
        flags: "--markdown <file>",
        description: "also a summary for a pull request",
      },
      json: json("the verdict with all its figures as one JSON object"),
    },
    examples: [
      ["regatta gate baseline suite/0 --margin 0.1", "a cached baseline against this run"],
      ["regatta gate suite/4 suite/4 --profiles without=with", "two profiles of one batch"],
      ["regatta gate baseline suite/0 --junit gate.xml --markdown gate.md", "with files for CI"],
    ],
    exitCodes: [
      ["0", "not worse"],
      ["1", "worse"],
      ["2", "bad input, or one of them has no trial that could be read"],
      ["3", "inconclusive: too little data, or too many trials without a score"],
    ],
  },
  diff: {
    summary: "show where two trials parted: their agents' actions side by side",
    details:
      "Actions are aligned by tool and arguments, with shell commands and paths tidied: the longest common subsequence. " +
      "Shows the first difference, where they meet again, and what each side spent before and after it.",
    arguments: {
      a: { shape: "required", description: "directory of a trial, or <slug>/<n>/<trial name>", values: "directory" },
      b: { shape: "required", description: "the other one", values: "directory" },
    },
    options: {
      context: {
        shape: "whole-number",
        flags: "--context <n>",
        min: 0,
        description: "same actions shown around each difference; default 2",
      },
      all: { shape: "switch", flags: "--all", description: "every row, however many" },
      json: json("everything as one JSON object"),
    },
    examples: [
      ["regatta diff demo/3/fix-bug__aB3dE5f demo/3/fix-bug__Xy9zW1q", "two trials of one batch"],
      ["regatta diff jobs/a/fix-bug__1 jobs/b/fix-bug__2 --all", "any Harbor trials with a trajectory"],
    ],
    exitCodes: [DONE, ["2", "no such trial, or one without a trajectory"]],
  },
  verify: {
    summary: "say what has drifted since a batch was run: its inputs, and its results",
    details:
      "Tasks, what profiles bring, toolchains and the environment are computed again and compared with the batch's lock; trial directories with " +
      "their own records, their launch's lock and the journal. Starts nothing.",
    arguments: { batch },
    options: { json: json("the drift as one JSON object") },
    examples: [
      ["regatta verify", "the latest batch"],
      ["regatta verify demo/3 --json", "for a script"],
    ],
    exitCodes: [
      ["0", "nothing has drifted"],
      ["1", "something has; each is named"],
      ["2", "no such batch"],
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
