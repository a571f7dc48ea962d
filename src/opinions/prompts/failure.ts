import { prompt } from "./prompt.ts";

export const FAILURE = prompt(
  "failure",
  1,
  `
The material is the record of one agent's attempt at one task that was judged a failure by the task's tests, with what is known of the outcome and, where there is one, the end of the tests' output. Find out why it failed.

- category: the one nearest to the root, not to the last symptom. misread-task: did something else than what was asked. wrong-diagnosis: acted on a wrong idea of the cause. incomplete-fix: right direction, part of the work missing. broke-something-else: solved it and damaged something. did-not-verify: could have seen the mistake by checking. tool-misuse: wrong use of tools or commands. environment-trouble: the surroundings kept it from working. stuck-in-loop: repeated itself. out-of-time-or-budget: was cut off while on the way. gave-up: stopped without finishing. verifier-or-task-at-fault: the work looks right and the tests or the task do not.
- root_cause: one to three sentences.
- critical_step: the number of the step from which on failing was likely, or null where there is no such step.
- counterfactual: what, done differently at that step, would most likely have led to success.
- evidence: one to five steps and what each shows.
- confidence: how sure the material lets you be.
`,
);
