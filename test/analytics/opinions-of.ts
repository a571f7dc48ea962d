/** Opinions on whatever trials an analysis has, saying whatever a test wants them to say. */
import type { Analysis } from "../../src/analytics/analysis.ts";
import type { AnalyzedTrial } from "../../src/analytics/profiles.ts";
import type { Answer, Opinions, TrialRow } from "../../src/opinions/opinions.ts";

const USUAL = "It read the code first.";
const PRICE = { inputTokens: 1000, outputTokens: 100, costUsd: 0.0015 };

/** One trial is not answered, and one was not asked about. @param words in every place where a model's words stand */
export function opinionsOn({ trials, tasks, profiles }: Analysis, words = USUAL): Opinions {
  const given = <T>(opinion: T): Answer<T> => ({ state: "answered", opinion, cached: false, price: PRICE });
  const row = <T>({ id, path }: AnalyzedTrial, answer: Answer<T>): TrialRow<T> => ({
    ...id,
    path,
    condensed: null,
    answer,
  });
  const failed = trials.filter(({ values }) => values[1] !== 1);
  return {
    mark: {
      statement: "A model's opinion, not a measurement.",
      model: words === USUAL ? "made-up/judge" : words,
      prompts: { strategy: 1, failure: 2, mcp: 1, images: 1, narrative: 3, synthesis: 1, paper: 1 },
      seed: 1,
      agreement: [
        {
          label: "failure_category",
          n: 40,
          kappa: 0.61,
          interval: { low: 0.42, high: 0.8 },
          weights: "none",
          because: null,
        },
      ],
    },
    strategies: trials.map((trial, at) =>
      row(
        trial,
        at === 0
          ? { state: "failed", kind: "refused", why: words, price: PRICE }
          : at === 1
            ? { state: "not-asked", why: "it was not scored" }
            : given({
                approach: at % 3 === 0 ? "edit-first" : "explore-first",
                summary: `${words}\n\nThen it changed one file and ran the tests (step 7).`,
                phases: [{ first_step: 1, last_step: 4, what: words }],
                quality: 2 + (at % 3),
                strengths: [words],
                weaknesses: [words, words],
                confidence: "medium",
              }),
      ),
    ),
    failures: failed.map((trial) =>
      row(
        trial,
        given({
          category: "wrong-diagnosis",
          root_cause: words,
          critical_step: 3,
          counterfactual: words,
          evidence: [{ step: 3, what: words }],
          confidence: "high",
        }),
      ),
    ),
    mcp: trials.map((trial) =>
      row(
        trial,
        given({
          servers: [{ server: words, used_for: words, effect: "helped", quality: 4 }],
          missed_opportunities: [words],
          summary: words,
          confidence: "low",
        }),
      ),
    ),
    images: trials
      .slice(0, 1)
      .map((trial) =>
        row(
          trial,
          given({ images: [{ image: 1, shows: words, bears_on_task: words }], summary: words, confidence: "low" }),
        ),
      ),
    narratives: tasks.map((task) => ({
      task,
      profiles,
      condensed: { steps: 90, shownSteps: 60, characters: 9000, shownCharacters: 6000, cut: words },
      answer: given({
        narrative: words,
        runners: profiles.map((runner) => ({ runner, did: words })),
        decisive_difference: words,
        confidence: "medium",
      }),
    })),
    synthesis: given({
      headline: words,
      runners: [...profiles, words].map((runner) => ({
        runner,
        pattern: words,
        strengths: [words],
        weaknesses: [words],
      })),
      findings: [{ claim: words, tasks: [...tasks.slice(0, 1), words], confidence: "medium" }],
      recommendations: [words],
      caveats: [words],
    }),
    paper: given({
      abstract_sentence: words,
      results_paragraph: words,
      qualitative_paragraph: words,
      limitations_paragraph: words,
    }),
    strangeNumbers: ["17.3"],
    spend: {
      calls: 9,
      cached: 0,
      failed: 1,
      inputTokens: 9000,
      outputTokens: 900,
      costUsd: 0.0135,
      pricedCalls: 9,
      knownUsd: 0.0135,
      answersUsd: 0.0135,
    },
  };
}
