/** `regatta gate`: two sides compared, and whether B may pass. */
import { gateDecision, type GateDecision } from "../analytics/gate/decision.ts";
import { type ComparedSides, type CompareRequest, compareSides } from "./compare.ts";

export interface Gated extends ComparedSides {
  readonly decision: GateDecision;
}

export async function gateSides(request: Omit<CompareRequest, "withoutChangedTasks">): Promise<Gated> {
  const compared = await compareSides({ ...request, withoutChangedTasks: true });
  const decision = gateDecision(compared.comparison, compared.observations, compared.settings);
  return { ...compared, decision: compared.unreadOfB === 0 ? decision : doubted(decision, compared.unreadOfB) };
}

/** Whoever cannot be read may be the loss that is looked for: nothing passes beside it. */
function doubted({ word, pairs, rule }: GateDecision, unread: number): GateDecision {
  const because = `${unread} ${unread === 1 ? "trial of B is" : "trials of B are"} there and could not be read: what they came to is not known`;
  return {
    word: word === "not-worse" ? "inconclusive" : word,
    pairs: pairs.map((pair) => (pair.word === "not-worse" ? { ...pair, word: "inconclusive", because } : pair)),
    rule,
  };
}
