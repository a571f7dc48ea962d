/** Arguments, options and exit codes that several commands have. */

export const BAD_INPUT = ["2", "bad input: nothing was started"] as const;
export const DONE = ["0", "done"] as const;

export const experiment = {
  shape: "required",
  description: "an experiment file, such as experiments/demo.toml",
  values: "experiment",
} as const;

export const batch = {
  shape: "optional",
  description:
    "an experiment file (its latest batch), <slug>/<n>, or the path of a batch; default: the latest batch here",
  values: "batch",
} as const;

export const tasks = {
  shape: "list",
  flags: "--tasks <id...>",
  description: "only these tasks: --tasks a b, --tasks a,b, or repeated",
  values: "task",
} as const;

export const profiles = {
  shape: "list",
  flags: "--profiles <key...>",
  description: "only these profiles, written like --tasks",
  values: "profile",
} as const;

export const attempts = {
  shape: "whole-number",
  flags: "--attempts <n>",
  description: "attempts per task and profile, instead of the file's",
} as const;

export const parallel = {
  shape: "whole-number",
  min: 0,
  flags: "-n, --parallel <n>",
  description: "trials at once, instead of the file's; 0 = chosen from the machine",
} as const;

export const quietVerify = {
  shape: "switch",
  flags: "--quiet-verify",
  description: "tests of one trial at a time, for tests that measure time; agents go on meanwhile",
} as const;

export function side(name: "A" | "B") {
  return {
    shape: "required",
    description: `${name}: an experiment file (its latest batch), <slug>/<n>, the path of a batch, or a directory of Harbor jobs`,
    values: "batch",
  } as const;
}

export const pairs = {
  shape: "list",
  flags: "--profiles <pair...>",
  description:
    "profiles to compare: text, or text=codegraph where they are called differently; default: those of the same name, else all with all",
  values: "profile",
} as const;

export const margin = {
  shape: "number",
  flags: "--margin <reward>",
  description: "differences up to this count as alike; default: [analysis] of A, else 0.05",
} as const;

export const alpha = {
  shape: "number",
  flags: "--alpha <p>",
  description: "accepted chance of a false alarm; default: [analysis] of A, else 0.05",
} as const;

export const rewardKey = {
  shape: "text",
  flags: "--reward-key <name>",
  description: 'which reward counts; default: [analysis] of A, else "reward"',
} as const;

export const successAt = {
  shape: "number",
  flags: "--success-at <reward>",
  description: "a reward of at least this is a success; default: [analysis] of A, else 1",
} as const;

export const by = {
  shape: "text",
  flags: "--by <what>",
  description: "what a profile is in jobs that are not Regatta's: job, agent, model or config",
  values: ["job", "agent", "model", "config"],
} as const;

export function json(what: string) {
  return { shape: "switch", flags: "--json", description: what } as const;
}
