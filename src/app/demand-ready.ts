/** The look before a start: what would make a run fail, or cost something for nothing, is found while there is nothing yet. */
import { UserError } from "../contract/failure.ts";
import type { Finding } from "../contract/finding.ts";
import type { Plan, TrialPlan } from "../contract/plan.ts";
import { clockFindings } from "../planning/readiness/clock.ts";
import { lookAtDisks } from "./look-at-disks.ts";
import { lookAtKeys } from "./look-at-keys.ts";
import { lookAtPlace } from "./look-at-place.ts";
import type { PreparedPlan } from "./prepare-plan.ts";

/**
 * @param trials those that this launch is to start
 * @returns what does not stop it and should be known, a line each
 * @throws UserError with everything that was found, when it could not work
 */
export async function demandReady(
  prepared: PreparedPlan,
  plan: Plan,
  trials: readonly TrialPlan[],
): Promise<readonly string[]> {
  const found = (await findings(prepared, plan, trials)).filter(({ verdict }) => verdict !== "ok");
  const lines = found.flatMap(({ name, detail, todo }) => [
    `${name}: ${detail}`,
    ...(todo === null ? [] : [`  → ${todo}`]),
  ]);
  if (found.some(({ verdict }) => verdict === "stop"))
    throw new UserError("nothing was started, since this run could not work", lines);
  return lines;
}

async function findings(prepared: PreparedPlan, plan: Plan, trials: readonly TrialPlan[]): Promise<readonly Finding[]> {
  if (trials.length === 0) return [];
  // What its trials need is the real Harbor's to see to; results are written here.
  if (plan.run.engine === "harbor") return lookAtDisks(plan, [], []);
  const networks = new Map(plan.tasks.map(({ task }) => [task.id, task.environment.network]));
  const networked = trials.filter(({ task }) => networks.get(task) === "public").length;
  const slots = Math.min(plan.slots, trials.length);
  const [keys, place] = await Promise.all([
    lookAtKeys(prepared, trials),
    lookAtPlace(prepared.provider, { slots, networked: Math.min(slots, networked), makeNetwork: networked > 0 }),
  ]);
  return [
    ...keys.findings,
    ...(await lookAtDisks(plan, trials, place.fills)),
    ...place.findings,
    ...clockFindings([...keys.clocks, ...place.clocks]),
  ];
}
