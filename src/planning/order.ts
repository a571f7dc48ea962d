/**
 * The order in which trials start: attempt by attempt, task by task, the profiles of a task side by side and rotated,
 * so that a run cut short has every profile equally far and no profile always goes first.
 */
import type { TrialId } from "../contract/plan.ts";

export function trialOrder(tasks: readonly string[], profiles: readonly string[], attempts: number): TrialId[] {
  const order: TrialId[] = [];
  for (let attempt = 1; attempt <= attempts; attempt++) {
    for (const [taskIndex, task] of tasks.entries()) {
      // Shifted by the attempt too: otherwise a task would meet the profiles in the same order every time.
      const shift = taskIndex + attempt - 1;
      for (let place = 0; place < profiles.length; place++) {
        const profile = profiles[(place + shift) % profiles.length] as string;
        order.push({ task, profile, attempt });
      }
    }
  }
  return order;
}
