/** The word for a trial without a score: short for a cell of the table, long for the list below it. */
import type { AttemptView } from "../../views/batch-view.ts";

export interface OutcomeWords {
  readonly short: string;
  readonly long: string;
}

export function outcomeWordOf({ state, reason }: Pick<AttemptView, "state" | "reason">): OutcomeWords {
  switch (state) {
    case "scored":
      return { short: "scored", long: "scored" };
    case "cancelled":
      return { short: "cancel", long: "cancelled" };
    case "not-started":
      return { short: "—", long: "not started" };
    case "running":
      return { short: "run", long: "running" };
    case "not-scored":
      break;
  }
  switch (reason) {
    case "infrastructure":
      return { short: "infra", long: "infrastructure" };
    case "not-treated":
      return { short: "untreated", long: "the profile was not really applied" };
    case "verifier-failed":
      return { short: "no-verdict", long: "verifier failed" };
    case null:
      return { short: "none", long: "not scored" };
  }
}
