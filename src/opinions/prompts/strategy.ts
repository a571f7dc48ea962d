import { prompt } from "./prompt.ts";

/** Without how the trial came out: who knows the end finds every path to it bad, or good. */
export const STRATEGY = prompt(
  "strategy",
  1,
  `
The material is the record of one agent's attempt at one task. You are not told whether it succeeded: judge how it worked, not the result.

- approach: the category that fits best. explore-first: read widely before any change. plan-then-act: a stated plan, then its steps. test-driven: tests decide what is done next. reproduce-first: the problem is reproduced before it is changed. edit-first: changes before the code around them was read. trial-and-error: one change after the other without a stated hypothesis.
- summary: two or three sentences on what it did and why.
- phases: two to six, each a range of steps and what happened in it.
- quality: 1 poor (aimless, ignores evidence), 3 adequate, 5 excellent (economical, checks its own work, follows the evidence).
- strengths and weaknesses: at most four each, each with the steps that show it.
- confidence: how sure the material lets you be.
`,
);
