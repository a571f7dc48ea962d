/** Which profiles call their models through the gateway, decided when a run is planned; and what cannot be kept is refused. */
import type { Agent } from "../agents/agent.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { ModelNeed } from "../contract/model-call.ts";
import { limitsCost } from "../gateway/budget.ts";
import { modelPrices } from "./model-prices.ts";

export interface ModelRoute {
  readonly need: ModelNeed;
  readonly account: { readonly name: string; readonly key: string };
  /** Null = the provider's own address. */
  readonly baseUrl: string | null;
}

export interface ModelRoutes {
  /** By profile. */
  readonly routes: ReadonlyMap<string, ModelRoute>;
  /** For the plan: who goes without, and what that means. */
  readonly notes: readonly string[];
}

type Variables = (profile: Profile) => Readonly<Record<string, string>>;

/**
 * @param variables what a profile's sandbox would get without a gateway, secrets resolved
 * @throws UserError for a budget that nobody could keep
 */
export function modelRoutes(
  experiment: Experiment,
  agentNamed: (name: string) => Pick<Agent, "gateway">,
  variables: Variables,
): ModelRoutes {
  const { budget, gateway, profiles, run } = experiment;
  const limited = Object.values(budget).some((limit) => limit !== null);
  const byHarbor = run.engine === "harbor";
  const routes = new Map<string, ModelRoute>();
  const notes: string[] = [];
  const problems: string[] = [];
  const without: string[] = [];
  for (const profile of profiles) {
    const need = byHarbor ? null : (agentNamed(profile.agent).gateway?.(profile) ?? null);
    if (need === null) continue;
    const given = variables(profile);
    const isSet = (each: string): boolean => (given[each] ?? "") !== "";
    const name = need.keyNames.find(isSet);
    const other = need.otherWays.find(isSet);
    if (gateway.mode === "off" || name === undefined || other !== undefined) {
      without.push(profile.key);
      if (gateway.mode !== "off") {
        const why = other === undefined ? `none of ${need.keyNames.join(", ")} is there` : `${other} is set`;
        notes.push(
          `profile "${profile.key}" calls its model without the gateway, as ${why}: nothing of it is counted or limited`,
        );
      }
      continue;
    }
    const baseUrl = given[need.urlName] ?? "";
    if (baseUrl !== "" && !(/^https?:\/\//.test(baseUrl) && URL.canParse(baseUrl))) {
      problems.push(`profile "${profile.key}": ${need.urlName} is no http(s) URL`);
      continue;
    }
    routes.set(profile.key, {
      need,
      account: { name, key: given[name] ?? "" },
      baseUrl: baseUrl === "" ? null : baseUrl,
    });
  }
  if (limited && byHarbor) problems.push("the real Harbor runs the trials, and no call of theirs passes here");
  if (limited && without.length > 0) {
    const why = gateway.mode === "off" ? '[gateway] mode = "off"' : "they have no key that the gateway could use";
    problems.push(`profiles that call their models without the gateway: ${without.join(", ")} (${why})`);
  }
  if (gateway.mode === "off" && without.length > 0) {
    notes.push(`the gateway is off: keys enter the sandboxes of ${without.join(", ")}, and nothing is counted`);
  }
  if (problems.length > 0) {
    throw new UserError(limited ? "[budget] cannot be kept" : "the gateway cannot be used", problems);
  }
  if (limitsCost(budget)) demandPrices(experiment, routes);
  return { routes, notes };
}

/** Without a price there is no telling when a budget in dollars is spent. */
function demandPrices({ gateway, profiles }: Experiment, routes: ReadonlyMap<string, ModelRoute>): void {
  const priceOf = modelPrices(gateway);
  const unknown = profiles.flatMap(({ key, model }) => {
    if (model === null || !routes.has(key)) return [];
    const bare = model.replace(/^[^/]*\//, "");
    return priceOf(model) === null && priceOf(bare) === null ? [`profile "${key}": ${model}`] : [];
  });
  if (unknown.length === 0) return;
  throw new UserError("[budget] has a limit in US dollars, and these models have no price that is known", [
    ...unknown,
    'give the price in dollars for a million tokens: [gateway.prices]  "my/model" = { input = 1.0, output = 5.0 }',
    "or limit tokens instead: max_tokens, per_trial_tokens",
  ]);
}
