import { prompt } from "./prompt.ts";

export const SYNTHESIS = prompt(
  "synthesis",
  1,
  `
The material holds what was measured of several agents (under labels runner-1, runner-2, …, drawn at random) over a set of tasks, followed by opinions on single attempts that an earlier reading gave. Measurements and verdicts were computed and stand; opinions may be wrong. Draw them together.

- headline: one sentence.
- runners: one entry for each runner. runner: its label. pattern: how it typically works, one or two sentences. strengths, weaknesses: at most four each.
- findings: at most eight. claim: one sentence. tasks: names of the tasks that show it, as in the material. confidence. Never claim a difference that the measured verdicts call inconclusive to be established.
- recommendations: at most five things to try next.
- caveats: what these opinions cannot show, at most five.
`,
);
