/**
 * The one joint pool that trials take slots from: trials at once, profiles at once, memory.
 *
 * Choosing is synchronous: nothing awaits between asking and taking, so no slot is taken twice. The order is never changed:
 * when the next trial does not fit, the ones behind it wait too, or profiles would drift apart.
 */
export interface PoolLimits {
  readonly slots: number;
  /** 0 = no limit. */
  readonly profilesParallel: number;
  /** Of all running trials that declare memory; 0 = no limit. */
  readonly memoryMb: number;
}

export interface Claim {
  readonly profile: string;
  /** 0 = not declared. */
  readonly memoryMb: number;
}

export interface Pool {
  /** Takes a slot and says true, or says false and takes nothing. */
  take(claim: Claim): boolean;
  give(claim: Claim): void;
  running(): number;
}

export function createPool(limits: PoolLimits): Pool {
  const profiles = new Map<string, number>();
  let trials = 0;
  let memoryMb = 0;

  const fits = (claim: Claim): boolean => {
    if (trials >= limits.slots) return false;
    if (limits.profilesParallel > 0 && !profiles.has(claim.profile) && profiles.size >= limits.profilesParallel) {
      return false;
    }
    // A trial larger than the whole pool runs alone instead of never.
    return limits.memoryMb === 0 || trials === 0 || memoryMb + claim.memoryMb <= limits.memoryMb;
  };

  return {
    take(claim) {
      if (!fits(claim)) return false;
      trials += 1;
      memoryMb += claim.memoryMb;
      profiles.set(claim.profile, (profiles.get(claim.profile) ?? 0) + 1);
      return true;
    },
    give(claim) {
      trials -= 1;
      memoryMb -= claim.memoryMb;
      const left = (profiles.get(claim.profile) ?? 0) - 1;
      if (left > 0) profiles.set(claim.profile, left);
      else profiles.delete(claim.profile);
    },
    running: () => trials,
  };
}
