/** The model gateway as the engine sees it: a pass for each try, and what it took. */
import type { BudgetLevel, ModelAccess, ModelSpend } from "../contract/model-call.ts";
import type { TrialPlan } from "../contract/plan.ts";
import type { Workspace } from "../environments/environment.ts";

export interface ModelGateway {
  /**
   * @param dir where the trace of the calls goes, a folder of the try's
   * @returns null for a profile that goes without
   */
  admit(trial: TrialPlan, tryNumber: number, dir: string): Promise<ModelPass | null>;
}

export interface ModelPass {
  /** Variables that the sandbox must not get: the real key is in one of them. */
  readonly withheld: readonly string[];
  /** Makes the gateway reachable from inside a sandbox that runs. */
  open(workspace: Workspace, signal: AbortSignal): Promise<ModelAccess>;
  /** The budget that a call of this try was refused for; null = none was. */
  budgetHit(): { readonly level: BudgetLevel; readonly id: string } | null;
  /** The token dies, calls under way end, the trace is on disk. Safe to call again. */
  close(): Promise<ModelSpend>;
}
