/** Whether the keys that a launch will call its models with are taken, asked once for each key and provider. */
import { dirname, relative } from "node:path";
import type { ProfilePlan, TrialPlan } from "../contract/plan.ts";
import { askKeys, listAddress } from "../gateway/ask-key.ts";
import { keyFinding } from "../gateway/key-finding.ts";
import { upstreamBase } from "../gateway/routes.ts";
import type { Looked } from "./look-at-place.ts";
import type { ModelRoute } from "./model-routes.ts";
import type { PreparedPlan } from "./prepare-plan.ts";

/** @param trials those that are to start: of others nobody is asked */
export async function lookAtKeys(
  { models, plan }: Pick<PreparedPlan, "models" | "plan">,
  trials: readonly TrialPlan[],
): Promise<Looked> {
  const keys = new Map<string, { readonly route: ModelRoute; readonly profile: string }>();
  for (const { profile } of trials) {
    const route = models.get(profile);
    if (route === undefined) continue;
    const id = JSON.stringify([route.need.provider, route.baseUrl, route.account.key]);
    if (!keys.has(id)) keys.set(id, { route, profile });
  }
  const asked = [...keys.values()];
  const answers = await askKeys(
    asked.map(({ route }) => ({ provider: route.need.provider, baseUrl: route.baseUrl, account: route.account })),
  );
  const profiles = new Map(plan.profiles.map((each) => [each.profile.key, each]));
  const findings = [];
  const clocks = [];
  for (const [index, { route, profile }] of asked.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    const { account, baseUrl, need } = route;
    const { host } = upstreamBase(need.provider, baseUrl);
    const addressFrom = baseUrl === null ? null : need.urlName;
    const from = placeOf(account.name, profiles.get(profile), dirname(plan.experimentFile));
    const list = listAddress(need.provider, baseUrl);
    const about = { provider: need.provider, host, list, variable: account.name, from, addressFrom };
    const found = keyFinding(about, answer);
    if (found !== null) findings.push(found);
    if (answer.kind === "answered" && answer.clock !== null) clocks.push({ whose: host, ...answer.clock });
  }
  return { findings, clocks };
}

function placeOf(variable: string, plan: ProfilePlan | undefined, near: string): string {
  const where = plan?.envFrom[variable];
  if (where === "host") return "the environment";
  const file = plan?.profile.envFile ?? null;
  if (where === "env-file" && file !== null) return relative(dirname(near), file);
  return "the experiment file";
}
