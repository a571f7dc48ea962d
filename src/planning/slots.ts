/** What the machine has, as far as planning needs it. */
export interface Machine {
  readonly cores: number;
  readonly memoryMb: number;
}

/**
 * How many trials at once when the experiment leaves it open: one per core, so that no trial's clock suffers from another's work,
 * and at least two, since an agent mostly waits for its model.
 */
export function chosenSlots(parallel: number, machine: Machine): number {
  return parallel > 0 ? parallel : Math.max(2, machine.cores);
}
