/** Commands that come before a run. */
import type { CommandSpec } from "../command-spec.ts";
import { attempts, BAD_INPUT, DONE, experiment, json, parallel, profiles, quietVerify, tasks } from "./common.ts";

export const preparing = {
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
} as const satisfies Readonly<Record<string, CommandSpec>>;
