import { prompt } from "./prompt.ts";

export const NARRATIVE = prompt(
  "narrative",
  1,
  `
The material holds records of several agents at the same task, one of each, under labels (runner-1, runner-2, …) and in an order that were drawn at random, with how all attempts of each came out. Tell how they differed.

- narrative: one to three short paragraphs that compare what the runners did, in terms of the task; always call them by their labels.
- runners: one entry for each runner. runner: its label. did: one or two sentences.
- decisive_difference: the one difference that best explains why results differ, or that none is to be seen. A single attempt may differ by chance: say so where that is likely.
- confidence: how sure the material lets you be.
`,
);
