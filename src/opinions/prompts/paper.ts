import { prompt } from "./prompt.ts";

export const PAPER = prompt(
  "paper",
  1,
  `
The material holds what was measured of several agents (under labels runner-1, runner-2, …) and a synthesis of opinions about them. Write text that a paper's authors could start from: sober, in the past tense, without advertising.

- abstract_sentence: one sentence.
- results_paragraph: what was measured. Use only numbers that stand in the material, as they stand there; name n and the interval with every rate; call inconclusive what the verdicts call inconclusive.
- qualitative_paragraph: what the synthesis found, said to be a language model's reading of the records.
- limitations_paragraph: of the design and of the reading.
Call the agents by their labels.
`,
);
