/**
 * Tokens and cost of a trial: the sum over the recorded messages, and what the CLI's own `result` events say beyond it.
 *
 * The sessions do not record every call of a model: a compaction's, a page that was summed up. Where the result events say
 * more than the messages add up to, the difference is such calls; where they say less, the messages count and it is a remark.
 * The CLI prices models it does not know like Opus: its cost counts only when all of its models are in our table.
 */
import type { Usage } from "../../../contract/trial-record.ts";
import { costOf, priceOf, PRICES_AS_OF } from "../../prices.ts";
import type { ModelUsage, ResultEvent } from "./event-stream.ts";
import { type CountedMessage, inputOf } from "./message-usage.ts";

export interface Sums {
  /** Cached included. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

export interface Totals {
  readonly usage: Usage | null;
  readonly costSource: "agent" | "price-table" | null;
  /** Of calls that no session records; null = none. */
  readonly unrecorded: (Sums & { readonly model: string | null }) | null;
  readonly remarks: readonly string[];
}

/** What the result events say together. */
interface Claim {
  readonly sums: Sums;
  readonly models: readonly ModelUsage[];
  readonly costUsd: number | null;
}

/** @param covered whether the result events speak of it: not of a session that a hook started */
export function totalsOf(
  messages: readonly CountedMessage[],
  covered: (message: CountedMessage) => boolean,
  results: readonly ResultEvent[],
): Totals {
  const mine = messages.filter(covered);
  const rest = messages.filter((message) => !covered(message));
  const own = sumOf(mine);
  const claim = claimOf(results, own);
  const remarks = uncertain(messages, claim !== null);
  const begun = mine.some(({ tokens, certainty }) => tokens === null || certainty === "begun");
  const beyond = claim === null || begun ? null : minus(claim.sums, own);
  const less = beyond !== null && (beyond.input < 0 || beyond.output < 0 || beyond.cached < 0);
  const more = beyond !== null && !less && beyond.input + beyond.output > 0;
  if (claim !== null && beyond !== null && (less || more)) remarks.push(disagreement(own, claim.sums, less));
  const known = messages.some(({ tokens }) => tokens !== null);
  if (!known && claim === null) return { usage: null, costSource: null, unrecorded: null, remarks };
  const sums = claim === null || less ? own : claim.sums;
  const others = sumOf(rest);
  const cost = costFor(mine, rest, claim);
  if (cost.remark !== null) remarks.push(cost.remark);
  return {
    usage: {
      inputTokens: sums.input + others.input,
      cachedTokens: sums.cached + others.cached,
      outputTokens: sums.output + others.output,
      costUsd: cost.usd,
    },
    costSource: cost.source,
    unrecorded: more && beyond !== null && claim !== null ? { ...beyond, model: modelBeyond(mine, claim) } : null,
    remarks,
  };
}

/** Messages whose numbers are not known to the last token. */
function uncertain(messages: readonly CountedMessage[], claimed: boolean): string[] {
  const remarks: string[] = [];
  const begun = messages.filter(({ tokens, certainty }) => tokens === null || certainty === "begun").length;
  const provisional = messages.filter(({ tokens, certainty }) => tokens !== null && certainty === "provisional").length;
  if (begun > 0) {
    const rest = claimed ? "the sums of the agent's result event are used" : "the sums are lower bounds";
    remarks.push(`${begun} of ${messages.length} messages have no final token counts; ${rest}`);
  }
  if (provisional > 0 && !claimed) {
    remarks.push(`${provisional} messages were recorded without a stop reason: their output tokens are lower bounds`);
  }
  return remarks;
}

/**
 * One process says the sums over all it did in each of its results; a session that another process went on with has results of
 * both. Which it is shows in what the messages add up to.
 */
function claimOf(results: readonly ResultEvent[], own: Sums): Claim | null {
  const claims = results.flatMap(({ modelUsage, costUsd }) =>
    modelUsage === null ? [] : [{ sums: sumOfModels(modelUsage), models: modelUsage, costUsd }],
  );
  const last = claims.at(-1);
  if (last === undefined || claims.length === 1) return last ?? null;
  const together: Claim = {
    sums: claims.reduce((sum, { sums }) => plus(sum, sums), { input: 0, cached: 0, output: 0 }),
    models: claims.flatMap(({ models }) => models),
    costUsd: claims.reduce<number | null>(
      (sum, { costUsd }) => (sum === null || costUsd === null ? null : sum + costUsd),
      0,
    ),
  };
  if (isSame(last.sums, own)) return last;
  return isSame(together.sums, own) || last.sums.input < own.input ? together : last;
}

export function sumOf(messages: readonly CountedMessage[]): Sums {
  const sums = { input: 0, cached: 0, output: 0 };
  for (const { tokens, certainty } of messages) {
    if (tokens === null) continue;
    sums.input += inputOf(tokens);
    sums.cached += tokens.cacheRead;
    if (certainty !== "begun") sums.output += tokens.output;
  }
  return sums;
}

function sumOfModels(models: readonly ModelUsage[]): Sums {
  const sums = { input: 0, cached: 0, output: 0 };
  for (const { input, output, cacheRead, cacheWrite } of models) {
    sums.input += input + cacheRead + cacheWrite;
    sums.cached += cacheRead;
    sums.output += output;
  }
  return sums;
}

function plus(a: Sums, b: Sums): Sums {
  return { input: a.input + b.input, cached: a.cached + b.cached, output: a.output + b.output };
}

function minus(a: Sums, b: Sums): Sums {
  return { input: a.input - b.input, cached: a.cached - b.cached, output: a.output - b.output };
}

function isSame(a: Sums, b: Sums): boolean {
  return a.input === b.input && a.cached === b.cached && a.output === b.output;
}

function disagreement(own: Sums, claimed: Sums, less: boolean): string {
  const text = ({ input, cached, output }: Sums): string => `${input} in (${cached} cached) and ${output} out`;
  const both = `tokens: the recorded messages add up to ${text(own)}, the agent's result event says ${text(claimed)}`;
  return less
    ? `${both}; the messages are counted`
    : `${both}; the difference is counted as calls that the session does not record, such as a compaction's`;
}

/** Its name where only one model can be meant. */
function modelBeyond(messages: readonly CountedMessage[], { models }: Claim): string | null {
  const beyond = models.filter(({ model, ...usage }) => {
    const own = sumOf(messages.filter((message) => message.model === model));
    return !isSame(sumOfModels([{ model, ...usage }]), own);
  });
  return beyond.length === 1 ? (beyond[0]?.model ?? null) : null;
}

interface Cost {
  readonly usd: number | null;
  readonly source: Totals["costSource"];
  readonly remark: string | null;
}

function costFor(mine: readonly CountedMessage[], rest: readonly CountedMessage[], claim: Claim | null): Cost {
  if (claim === null || claim.costUsd === null) return priced([...mine, ...rest]);
  const unknown = claim.models.filter(({ model }) => priceOf(model) === null).map(({ model }) => model);
  if (unknown.length > 0) {
    const remark = `cost: unknown, for ${[...new Set(unknown)].join(", ")} is in no price table; the agent says ${claim.costUsd} USD, but it prices models that it does not know like Opus`;
    return { usd: null, source: null, remark };
  }
  if (rest.length === 0) return { usd: claim.costUsd, source: "agent", remark: null };
  const others = priced(rest);
  if (others.usd === null) return others;
  const remark = `cost: ${others.usd.toFixed(6)} USD of it are list prices of ${PRICES_AS_OF}, for ${rest.length} messages of other sessions`;
  return { usd: claim.costUsd + others.usd, source: "agent", remark };
}

function priced(messages: readonly CountedMessage[]): Cost {
  let usd = 0;
  for (const { model, tokens } of messages) {
    const price = model === null ? null : priceOf(model);
    if (price === null) {
      const remark = `cost: unknown, for ${model ?? "a model without a name"} is in no price table`;
      return { usd: null, source: null, remark };
    }
    if (tokens !== null) usd += costOf(price, tokens);
  }
  const exact = messages.every(({ tokens, certainty }) => tokens !== null && certainty === "final");
  const remark = exact ? null : `cost: a lower bound, from list prices of ${PRICES_AS_OF}`;
  return messages.length === 0 ? { usd: null, source: null, remark: null } : { usd, source: "price-table", remark };
}
