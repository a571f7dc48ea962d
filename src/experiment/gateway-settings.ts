/** `[gateway]` and `[budget]`: defaults applied. */
import type { BudgetSettings, GatewaySettings, ModelPrice, Origin } from "../contract/experiment.ts";
import { GATEWAY_DEFAULTS } from "./defaults.ts";
import type { ReadTable } from "./read-table.ts";
import { type budgetTable, type gatewayTable } from "./schema/gateway-tables.ts";
import { allUsed } from "./schema/words.ts";

type GatewayShape = typeof gatewayTable.shape;
type BudgetShape = typeof budgetTable.shape;

/** Where each key ends up. */
export const GATEWAY_FIELDS: { readonly [K in keyof GatewayShape]: keyof GatewaySettings } = {
  mode: "mode",
  prices: "prices",
};

export const BUDGET_FIELDS: { readonly [K in keyof BudgetShape]: keyof BudgetSettings } = {
  max_cost_usd: "maxCostUsd",
  per_trial_usd: "perTrialUsd",
  per_profile_usd: "perProfileUsd",
  max_tokens: "maxTokens",
  per_trial_tokens: "perTrialTokens",
};

export interface Resolved<Settings> {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<string, Origin>;
}

export function resolveGateway(table: ReadTable<GatewayShape>): Resolved<GatewaySettings> {
  const { mode = GATEWAY_DEFAULTS.mode, prices = {}, ...rest } = table.values;
  allUsed(rest);
  const named = Object.entries(prices).map(([model, price]): [string, ModelPrice] => {
    const { input, output, cache_read = input, cache_write = input, ...more } = price;
    allUsed(more);
    return [model, { input, output, cacheRead: cache_read, cacheWrite: cache_write }];
  });
  return {
    settings: { mode, prices: Object.fromEntries(named) },
    origins: originsOf("gateway", Object.keys(GATEWAY_FIELDS), table.at),
  };
}

export function resolveBudget(table: ReadTable<BudgetShape>): Resolved<BudgetSettings> {
  const {
    max_cost_usd = null,
    per_trial_usd = null,
    per_profile_usd = null,
    max_tokens = null,
    per_trial_tokens = null,
    ...rest
  } = table.values;
  allUsed(rest);
  return {
    settings: {
      maxCostUsd: max_cost_usd,
      perTrialUsd: per_trial_usd,
      perProfileUsd: per_profile_usd,
      maxTokens: max_tokens,
      perTrialTokens: per_trial_tokens,
    },
    origins: originsOf("budget", Object.keys(BUDGET_FIELDS), table.at),
  };
}

function originsOf(
  table: string,
  keys: readonly string[],
  at: ReadTable<GatewayShape | BudgetShape>["at"],
): ReadonlyMap<string, Origin> {
  return new Map(
    keys.map((key): [string, Origin] => {
      const found = at.get(key);
      return [
        `${table}.${key}`,
        found === undefined ? { kind: "default" } : { kind: "file", line: found.key.line, table },
      ];
    }),
  );
}
