/** `regatta gate`: two sides compared, and whether B may pass. */
import { gateDecision, type GateDecision } from "../analytics/gate/decision.ts";
import { type ComparedSides, type CompareRequest, compareSides } from "./compare.ts";

export interface Gated extends ComparedSides {
  readonly decision: GateDecision;
}

export async function gateSides(request: Omit<CompareRequest, "withoutChangedTasks">): Promise<Gated> {
  const compared = await compareSides({ ...request, withoutChangedTasks: true });
  const unplaced = compared.leftOut.filter((each) => each.side === "B" && each.unplaced).length;
  const { comparison, observations, settings, changedTasks: changed } = compared;
  return { ...compared, decision: gateDecision(comparison, observations, settings, { unplaced, changed }) };
}
