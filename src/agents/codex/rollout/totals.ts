/** Tokens and cost of a trial: what the main thread says of itself last, and the answers of every other thread. */
import type { Usage } from "../../../contract/trial-record.ts";
import { costOf, priceOf } from "../../prices.ts";
import type { Conversation } from "./conversation.ts";
import type { EventStream } from "./event-stream.ts";
import { asCallTokens, type CallUsage, plus, same } from "./token-usage.ts";

type Tokens = Omit<CallUsage, "model">;

export interface Totals {
  readonly usage: Usage | null;
  readonly costSource: "price-table" | null;
  readonly remarks: readonly string[];
}

export function totalsOf(main: Conversation, all: readonly Conversation[], stream: EventStream): Totals {
  const remarks: string[] = [];
  const answers = sumOf(main.usages);
  const own = main.total ?? answers ?? stream.usage;
  if (answers !== null && main.total !== null && !main.forked && !same(answers, main.total)) {
    remarks.push(
      `tokens: the answers add up to ${text(answers)}, the thread's own sum says ${text(main.total)}; the latter counts`,
    );
  }
  if (main.total !== null && stream.usage !== null && !same(main.total, stream.usage)) {
    remarks.push(
      `tokens: the rollout's sum is ${text(main.total)}, the event stream's ${text(stream.usage)}; the rollout's counts`,
    );
  }
  // A fork's own sum goes on from the thread it was forked from.
  const mine = main.forked ? (answers ?? own) : own;
  const others = sumOf(all.filter((one) => one !== main).flatMap(({ usages }) => usages));
  const total = mine === null ? others : others === null ? mine : plus(mine, others);
  if (total === null) return { usage: null, costSource: null, remarks };
  const cost = costFor(all.flatMap(({ usages }) => usages));
  if (cost.remark !== null) remarks.push(cost.remark);
  return {
    usage: { inputTokens: total.input, cachedTokens: total.cached, outputTokens: total.output, costUsd: cost.usd },
    costSource: cost.usd === null ? null : "price-table",
    remarks,
  };
}

export function sumOf(usages: readonly CallUsage[]): Tokens | null {
  return usages.reduce<Tokens | null>((sum, usage) => plus(sum, usage), null);
}

function text({ input, cached, output }: Tokens): string {
  return `${input} in (${cached} cached) and ${output} out`;
}

/** By answer, since a long conversation has other prices. */
function costFor(usages: readonly CallUsage[]): { readonly usd: number | null; readonly remark: string | null } {
  if (usages.length === 0) return { usd: null, remark: "cost: unknown, for no tokens of single answers are recorded" };
  let usd = 0;
  for (const usage of usages) {
    const price = usage.model === null ? null : priceOf(usage.model);
    if (price === null) {
      return {
        usd: null,
        remark: `cost: unknown, for ${usage.model ?? "a model without a name"} is in no price table`,
      };
    }
    usd += costOf(price, asCallTokens(usage));
  }
  return { usd, remark: null };
}
