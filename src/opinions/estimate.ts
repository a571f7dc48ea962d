/** What asking would cost: the same questions, none of them sent. */
import type { AnswerCache } from "./answer-cache.ts";
import { type Asker, type CostOf, keptAnswer } from "./ask.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Prompt } from "./prompts/prompt.ts";
import { inputTokensOf } from "./question.ts";

export interface EstimateLine {
  readonly question: Prompt["name"];
  readonly asked: number;
  /** Answered before: costs nothing. */
  readonly cached: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export interface Estimate {
  readonly model: string;
  readonly lines: readonly EstimateLine[];
  /** Null = the model's price is not known. */
  readonly costUsd: number | null;
}

interface Estimator extends Asker {
  readonly estimate: Estimate;
}

/** Questions that are made of the answers to others: what these will say is not known yet, only about how much. */
const LATER = new Set<Prompt["name"]>(["synthesis", "paper"]);
const MOST_LATER = 20_000;

export function estimator(endpoint: Endpoint, cache: AnswerCache, costOf: CostOf): Estimator {
  const { model, name } = endpoint;
  const lines = new Map<Prompt["name"], { -readonly [K in keyof EstimateLine]: EstimateLine[K] }>();
  let pending = 0;
  return {
    pretends: true,
    async ask(question) {
      const { prompt, request, expectedTokens } = question;
      const line = lines.get(prompt.name) ?? {
        question: prompt.name,
        asked: 0,
        cached: 0,
        inputTokens: 0,
        outputTokens: 0,
      };
      lines.set(prompt.name, line);
      const kept = await keptAnswer(question, model, cache);
      if (kept !== null) {
        line.cached += 1;
        return kept;
      }
      line.asked += 1;
      line.inputTokens += inputTokensOf(request) + (LATER.has(prompt.name) ? Math.min(pending, MOST_LATER) : 0);
      line.outputTokens += expectedTokens;
      pending += expectedTokens;
      return { state: "not-asked", why: "only estimated" };
    },
    get estimate() {
      const all = [...lines.values()];
      const costs = all.map(({ inputTokens: input, outputTokens: output }) =>
        costOf(name, { input, cacheRead: 0, cacheWrite: 0, output }),
      );
      const costUsd = costs.reduce<number | null>(
        (sum, cost) => (sum === null || cost === null ? null : sum + cost),
        0,
      );
      return { model, lines: all, costUsd };
    },
  };
}
