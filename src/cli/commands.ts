/** Every command of Regatta, declared once. Its body is `commands/<name>.ts`, loaded only when it runs (see bodies.ts). */
import type { Body, CommandSpec } from "./command-spec.ts";

const BAD_INPUT = ["2", "bad input: nothing was started"] as const;
const DONE = ["0", "done"] as const;

const experiment = {
  shape: "required",
  description: "an experiment file, such as experiments/demo.toml",
  values: "experiment",
} as const;

const batch = {
  shape: "optional",
  description:
    "an experiment file (its latest batch), <slug>/<n>, or the path of a batch; default: the latest batch here",
  values: "batch",
} as const;

const tasks = {
  shape: "list",
  flags: "--tasks <id...>",
  description: "only these tasks: --tasks a b, --tasks a,b, or repeated",
  values: "task",
} as const;

const profiles = {
  shape: "list",
  flags: "--profiles <key...>",
  description: "only these profiles, written like --tasks",
  values: "profile",
} as const;

const attempts = {
  shape: "whole-number",
  flags: "--attempts <n>",
  description: "attempts per task and profile, instead of the file's",
} as const;

const parallel = {
  shape: "whole-number",
  min: 0,
  flags: "-n, --parallel <n>",
  description: "trials at once, instead of the file's; 0 = chosen from the machine",
} as const;

const quietVerify = {
  shape: "switch",
  flags: "--quiet-verify",
  description: "tests of one trial at a time, for tests that measure time; agents go on meanwhile",
} as const;

function side(name: "A" | "B") {
  return {
    shape: "required",
    description: `${name}: an experiment file (its latest batch), <slug>/<n>, the path of a batch, or a directory of Harbor jobs`,
    values: "batch",
  } as const;
}

const pairs = {
  shape: "list",
  flags: "--profiles <pair...>",
  description:
    "profiles to compare: text, or text=codegraph where they are called differently; default: those of the same name, else all with all",
  values: "profile",
} as const;

const margin = {
  shape: "number",
  flags: "--margin <reward>",
  description: "differences up to this count as alike; default: [analysis] of A, else 0.05",
} as const;

const alpha = {
  shape: "number",
  flags: "--alpha <p>",
  description: "accepted chance of a false alarm; default: [analysis] of A, else 0.05",
} as const;

const rewardKey = {
  shape: "text",
  flags: "--reward-key <name>",
  description: 'which reward counts; default: [analysis] of A, else "reward"',
} as const;

const successAt = {
  shape: "number",
  flags: "--success-at <reward>",
  description: "a reward of at least this is a success; default: [analysis] of A, else 1",
} as const;

const by = {
  shape: "text",
  flags: "--by <what>",
  description: "what a profile is in jobs that are not Regatta's: job, agent, model or config",
  values: ["job", "agent", "model", "config"],
} as const;

function json(what: string) {
  return { shape: "switch", flags: "--json", description: what } as const;
}

export const COMMANDS = {
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
  init: {
    summary: "write a first experiment: two small tasks, three profiles",
    arguments: {
      slug: {
        shape: "optional",
        description: "name of the experiment; becomes experiments/<slug>.toml",
        values: "none",
      },
    },
    options: {
      yes: { shape: "switch", flags: "-y, --yes", description: "ask nothing, take the defaults" },
      dir: {
        shape: "text",
        flags: "--dir <path>",
        description: "project folder to write into; default: here",
        values: "directory",
      },
      force: { shape: "switch", flags: "--force", description: "overwrite files that exist" },
    },
    examples: [
      ["regatta init", "ask a few questions"],
      ["regatta init demo --yes", "write experiments/demo.toml at once"],
    ],
    exitCodes: [DONE, BAD_INPUT],
  },
  validate: {
    summary: "check experiment files, and report every error at once",
    arguments: {
      experiments: { shape: "one-or-more", description: "experiment files", values: "experiment" },
    },
    options: { json: json("the problems as one JSON object") },
    examples: [
      ["regatta validate experiments/demo.toml", "check one file"],
      ["regatta validate experiments/*.toml", "check them all"],
    ],
    exitCodes: [
      ["0", "every file is valid"],
      ["2", "some file has errors; each is printed as file:line:column"],
    ],
  },
  schema: {
    summary: "print the JSON Schema of experiment files",
    arguments: {},
    options: {
      path: {
        shape: "switch",
        flags: "--path",
        description: "print where the schema file is instead, for an editor's settings",
      },
    },
    examples: [
      ["regatta schema > experiment.schema.json", "keep a copy for an editor"],
      ["regatta schema --path", "where the installed one is"],
    ],
    exitCodes: [DONE],
  },
  tasks: {
    summary: "list tasks: where they come from, and their limits",
    arguments: {
      experiments: {
        shape: "any-number",
        description: "experiment files; default: all under experiments/",
        values: "experiment",
      },
    },
    options: { json: json("the list as one JSON object") },
    examples: [
      ["regatta tasks", "of every experiment here"],
      ["regatta tasks experiments/demo.toml --json", "of one, for a script"],
    ],
    exitCodes: [DONE, BAD_INPUT],
  },
  datasets: {
    summary: "list the datasets of a registry, or the tasks of one dataset",
    arguments: {
      dataset: { shape: "optional", description: "name or name@version; default: all datasets", values: "none" },
    },
    options: {
      registry: {
        shape: "text",
        flags: "--registry <path-or-url>",
        description: "default: Harbor's public registry, or its copy on this machine",
      },
      json: json("the list as one JSON object"),
    },
    examples: [
      ["regatta datasets", "what there is to run"],
      ["regatta datasets terminal-bench@2.0", "its tasks"],
      ["regatta datasets --registry registry.json --json", "of a registry of your own, for a script"],
    ],
    exitCodes: [DONE, ["2", "no such registry or dataset"]],
  },
  pull: {
    summary: "fetch an experiment's tasks and images now, so that a run needs no network for them",
    arguments: { experiment },
    options: { tasks, json: json("what is there and its sizes as one JSON object") },
    examples: [
      ["regatta pull experiments/tb2.toml", "everything it needs"],
      ["regatta pull experiments/tb2.toml --tasks fix-git", "of one task"],
    ],
    exitCodes: [["0", "all of it is on this machine"], ["1", "an image is missing"], BAD_INPUT],
  },
  plan: {
    summary: "show what a run would do, and what each trial will use",
    arguments: { experiment },
    options: {
      tasks,
      profiles,
      attempts,
      parallel,
      quietVerify,
      json: json("the whole plan as one JSON object"),
      explain: {
        shape: "switch",
        flags: "--explain",
        description: "show where every value came from: default, file, extends or flag",
      },
    },
    examples: [
      ["regatta plan experiments/demo.toml", "before a run"],
      ["regatta plan experiments/demo.toml --explain", "why a value is what it is"],
    ],
    exitCodes: [DONE, BAD_INPUT],
  },
  export: {
    summary: "write an experiment as Harbor job configurations, one per profile",
    details: 'What Harbor cannot express is refused by name. The files are those that engine = "harbor" runs.',
    arguments: { experiment },
    options: {
      jobconfig: {
        shape: "switch",
        flags: "--jobconfig",
        description: "the only form there is so far; may be left out",
      },
      output: {
        shape: "text",
        flags: "-o, --output <dir>",
        description: "where the files go; default: harbor/<slug>",
        values: "directory",
      },
      harborVersion: {
        shape: "text",
        flags: "--harbor-version <version>",
        description: "write them as this version takes them; default: the newest",
      },
      json: json("the files with their content as one JSON object"),
    },
    examples: [
      ["regatta export experiments/tb2.toml --jobconfig -o jobs", "jobs/<profile>.json"],
      ["regatta export experiments/tb2.toml --harbor-version 0.1.45", "for an old Harbor"],
    ],
    exitCodes: [["0", "written"], BAD_INPUT],
  },
  doctor: {
    summary: "check this machine: what works, and what to do about the rest",
    arguments: {},
    options: { json: json("the checks as one JSON object") },
    examples: [["regatta doctor", "Node, namespaces, Docker, disk, limits, addresses, clock, keys"]],
    exitCodes: [
      ["0", "everything needed works"],
      ["1", "something needed does not; what to do is printed"],
    ],
  },
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
  analyze: {
    reapsFirst: true,
    summary: "say which profile won, by how much and how sure that is; of a batch, or of any Harbor jobs",
    details:
      "Writes report.html (one self-contained page, its figures also as figures/*.svg and *.csv), comparisons.json, comparison_report.md, " +
      "metrics_detail.csv, metrics_summary.csv and aggregate_metrics.json to the batch's analytics/, or to --output; " +
      "with --runs nothing without it. A trial that cannot be read is listed with the reason. docs/metrics.md says what each metric is.\n\n" +
      "With --model a model's opinion is written too (strategy_analysis.json, failure_analyses.json, mcp_utilization.json, comparative_narratives.md, " +
      "synthesis.md, paper_snippets.md), marked as one; docs/opinions.md says what it is asked. Keys: ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY, " +
      "in the environment or in experiments/.env; addresses: ANTHROPIC_BASE_URL, OPENAI_BASE_URL.",
    arguments: { batch },
    options: {
      batch: { shape: "whole-number", flags: "--batch <n>", min: 0, description: "batch n instead of the latest" },
      runs: {
        shape: "text",
        flags: "--runs <dir>",
        description: "any Harbor jobs instead: a batch's runs/, one job, or a folder of jobs",
        values: "directory",
      },
      by: {
        shape: "text",
        flags: "--by <what>",
        description: "what a profile is in jobs that are not Regatta's: job, agent, model or config",
        values: ["job", "agent", "model", "config"],
      },
      tasks,
      profiles,
      limit: { shape: "whole-number", flags: "--limit <n>", description: "at most n trials" },
      succeeded: { shape: "switch", flags: "--succeeded", description: "only trials that succeeded" },
      failed: { shape: "switch", flags: "--failed", description: "only scored trials that did not succeed" },
      list: { shape: "switch", flags: "--list", description: "print every trial and every reason, and write nothing" },
      compare: {
        shape: "list",
        flags: "--compare <profiles...>",
        description: "these two profiles alone: the second against the first",
        values: "profile",
      },
      control: {
        shape: "text",
        flags: "--control <profile>",
        description: "compare this profile with all others, instead of all pairs",
        values: "profile",
      },
      margin: {
        shape: "number",
        flags: "--margin <reward>",
        description: "profiles that differ by less are equivalent; default: [analysis], else 0.05",
      },
      alpha: {
        shape: "number",
        flags: "--alpha <p>",
        description: "accepted chance of a false alarm; default: [analysis], else 0.05",
      },
      rewardKey: {
        shape: "text",
        flags: "--reward-key <name>",
        description: 'which reward counts; default: [analysis], else "reward"',
      },
      successAt: {
        shape: "number",
        flags: "--success-at <reward>",
        description: "a reward of at least this is a success; default: [analysis], else 1",
      },
      seed: {
        shape: "whole-number",
        flags: "--seed <n>",
        min: 0,
        description: "of what is drawn at random; default 1",
      },
      asHarbor: {
        shape: "switch",
        flags: "--as-harbor",
        description: "also Harbor's own figures of each job, and why ours differ",
      },
      output: {
        shape: "text",
        flags: "-o, --output <dir>",
        description: "where the files go; default: the batch's analytics/",
        values: "directory",
      },
      format: {
        shape: "text",
        flags: "--format <format>",
        description: "csv, or parquet to have metrics_detail.parquet as well (needs the program duckdb)",
        values: ["csv", "parquet"],
      },
      verifyCache: {
        shape: "switch",
        flags: "--verify-cache",
        description: "compare the contents of files with what was read before, not only their times and sizes",
      },
      model: {
        shape: "text",
        flags: "--model <provider/name>",
        description:
          "also ask this model for its opinion, such as anthropic/claude-haiku-4-5; without it, none is asked",
      },
      llm: { shape: "switch", flags: "--no-llm", description: "ask no model, whatever else is said" },
      llmOnly: {
        shape: "switch",
        flags: "--llm-only",
        description: "with --model: only its opinion; metrics and comparisons are neither printed nor written",
      },
      estimateCost: {
        shape: "switch",
        flags: "--estimate-cost",
        description: "with --model: print what asking would cost, ask nothing, write nothing",
      },
      agreement: {
        shape: "text",
        flags: "--agreement <labels.csv>",
        description: "with --model: Cohen's kappa between its labels and those of people in this file",
      },
      quiet: { shape: "switch", flags: "-q, --quiet", description: "print nothing, only write" },
      json: json("aggregate_metrics.json on the screen, and the opinions where a model was asked"),
    },
    examples: [
      ["regatta analyze experiments/demo.toml", "the latest batch"],
      ["regatta analyze experiments/demo.toml --batch 3 --failed --list", "what failed in batch 3"],
      ["regatta analyze --runs jobs --by model --output analytics", "any Harbor jobs, one profile per model"],
      ["regatta analyze --runs jobs/2026-04-17__17-44-49 --as-harbor", "against Harbor's own figures"],
      [
        "regatta analyze experiments/demo.toml --model anthropic/claude-haiku-4-5 --estimate-cost",
        "what opinions cost",
      ],
      ["regatta analyze experiments/demo.toml --model anthropic/claude-haiku-4-5", "and why, in a model's opinion"],
    ],
    exitCodes: [
      DONE,
      ["1", "there is no trial that could be read, or a model was asked and gave no answer at all"],
      ["2", "bad input; without a key for --model, everything that needs no model is done all the same"],
    ],
  },
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
  completion: {
    summary: "print a completion script for your shell",
    details:
      'bash: add  eval "$(regatta completion bash)"  to ~/.bashrc\n' +
      'zsh:  add  eval "$(regatta completion zsh)"  to ~/.zshrc, after compinit\n' +
      "fish: regatta completion fish > ~/.config/fish/completions/regatta.fish",
    arguments: {
      shell: { shape: "required", description: "bash, zsh or fish", values: ["bash", "zsh", "fish"] },
    },
    options: {},
    examples: [['eval "$(regatta completion bash)"', "try it in this shell"]],
    exitCodes: [DONE, BAD_INPUT],
  },
  complete: {
    summary: "print the completions of a command line, one per line with a tab and a description",
    arguments: {
      words: { shape: "any-number", description: "the words after `regatta`, the last one unfinished", values: "none" },
    },
    options: {},
    examples: [["regatta complete -- run experiments/", "what may follow"]],
    exitCodes: [DONE],
    hidden: true,
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;
export type CommandBody<N extends CommandName> = Body<(typeof COMMANDS)[N]>;
