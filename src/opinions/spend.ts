/** What asking has cost, as it goes: unknown stays unknown. */
import type { Price, Spend } from "./opinions.ts";

export interface SpendMeter {
  answered(price: Price): void;
  cached(price: Price): void;
  /** @param sent whether a call was made at all; @param free whether it certainly cost nothing */
  failed(sent: boolean, price: Price, free: boolean): void;
  readonly spend: Spend;
}

export function spendMeter(): SpendMeter {
  let [calls, cached, failed, inputTokens, outputTokens] = [0, 0, 0, 0, 0];
  let costUsd: number | null = 0;
  let [pricedCalls, knownUsd] = [0, 0];
  let answersUsd: number | null = 0;
  const count = (price: Price): void => {
    inputTokens += price.inputTokens ?? 0;
    outputTokens += price.outputTokens ?? 0;
    costUsd = sum(costUsd, price.costUsd);
    if (price.costUsd === null) return;
    pricedCalls += 1;
    knownUsd += price.costUsd;
  };
  return {
    answered(price) {
      calls += 1;
      count(price);
      answersUsd = sum(answersUsd, price.costUsd);
    },
    cached(price) {
      cached += 1;
      answersUsd = sum(answersUsd, price.costUsd);
    },
    failed(sent, price, free) {
      failed += 1;
      if (sent) calls += 1;
      if (!free) count(price);
      else if (sent) pricedCalls += 1;
    },
    get spend() {
      return { calls, cached, failed, inputTokens, outputTokens, costUsd, pricedCalls, knownUsd, answersUsd };
    },
  };
}

function sum(total: number | null, more: number | null): number | null {
  return total === null || more === null ? null : total + more;
}
