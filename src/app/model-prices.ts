/** What a model costs: by the experiment's own prices, else by the built-in table. */
import { costOf, priceOf } from "../agents/prices.ts";
import type { GatewaySettings } from "../contract/experiment.ts";
import type { PriceOf } from "../gateway/pricing.ts";

export function modelPrices({ prices }: Pick<GatewaySettings, "prices">): PriceOf {
  return (model) => {
    const own = Object.hasOwn(prices, model) ? prices[model] : undefined;
    if (own !== undefined) {
      return ({ input, output, cacheRead, cacheWrite, cacheWriteHour }) =>
        (input * own.input +
          output * own.output +
          cacheRead * own.cacheRead +
          (cacheWrite + cacheWriteHour) * own.cacheWrite) /
        1e6;
    }
    const price = priceOf(model);
    return price === null ? null : (tokens) => costOf(price, tokens);
  };
}
