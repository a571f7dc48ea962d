/** What so many trials at a time find where they run: addresses, open files and processes, and its clock. */
import type { ClockReading } from "../contract/clock-reading.ts";
import type { Finding } from "../contract/finding.ts";
import { EnvironmentFailure, type EnvironmentProvider, type Capacity } from "../environments/environment.ts";
import { processLimits, threadsOfUser } from "../host/process-limits.ts";
import { addressFinding } from "../planning/readiness/addresses.ts";
import { type LimitFacts, limitFindings } from "../planning/readiness/process-limits.ts";

export interface Looked {
  readonly findings: readonly Finding[];
  readonly clocks: readonly ClockReading[];
}

export interface LookedAtPlace extends Looked {
  /** Directories of this machine that sandboxes take room in. */
  readonly fills: readonly string[];
}

export interface AtATime {
  /** Trials. */
  readonly slots: number;
  /** Of them, those with a network. */
  readonly networked: number;
  /** What these share is made, should it not be there. */
  readonly makeNetwork: boolean;
}

export async function lookAtPlace(provider: EnvironmentProvider, wanted: AtATime): Promise<LookedAtPlace> {
  let capacity: Capacity;
  let fills: readonly string[];
  try {
    capacity = await provider.capacity({ network: wanted.makeNetwork });
    fills = await provider.fills();
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error;
    const found: Finding = { name: provider.name, verdict: "stop", detail: error.message, todo: null };
    return { findings: [found], clocks: [], fills: [] };
  }
  const { addresses, clock, each } = capacity;
  const limits = limitFacts(each.processes > 0);
  return {
    findings: [
      ...(addresses === null ? [] : [addressFinding(addresses, wanted.networked)]),
      ...(limits === null ? [] : limitFindings(limits, each, wanted.slots)),
    ],
    clocks: clock === null ? [] : [clock],
    fills,
  };
}

/** @param counted whether the number of this user's processes matters: it takes a while to find out */
function limitFacts(counted: boolean): LimitFacts | null {
  const limits = processLimits();
  if (limits === null) return null;
  const { openFiles, processes } = limits;
  return {
    openFiles,
    processes: processes === null || !counted ? null : { limit: processes, inUse: threadsOfUser() },
  };
}
