/** What a try's figures of load come to, and whether its verdict is to be doubted for them. */
import type { Load, Noise, ResourceUse } from "../contract/noise.ts";

/** Seconds of waiting since some beginning, as the machine counts them. */
export type Waits = Load;

/** A share of the time; two readings that are not of the same machine or counter give nothing. */
export function loadBetween(before: Waits | null, after: Waits | null, seconds: number): Load | null {
  if (before === null || after === null || !(seconds > 0)) return null;
  const share = (from: number | null, to: number | null): number | null =>
    from === null || to === null || to < from ? null : Math.min(1, (to - from) / seconds);
  return {
    cpu: share(before.cpu, after.cpu),
    memory: share(before.memory, after.memory),
    io: share(before.io, after.io),
  };
}

export interface Measured {
  /** Null = it could not be asked. */
  readonly use: ResourceUse | null;
  /** Of the sandbox's life. */
  readonly seconds: number;
  readonly machineLoad: Load | null;
  readonly testsLoad: Load | null;
  readonly imageSec: number | null;
  readonly doubt: string | null;
}

export function noiseOf({ use, seconds, machineLoad, testsLoad, imageSec, doubt }: Measured): Noise {
  return {
    cpuSec: use?.cpuSec ?? null,
    throttledSec: use?.throttledSec ?? null,
    peakMemoryMib: use?.peakMemoryMib ?? null,
    diskMb: use?.diskMb ?? null,
    oomKills: use?.oomKills ?? null,
    sandboxLoad: loadBetween({ cpu: 0, memory: 0, io: 0 }, use?.waitedSec ?? null, seconds),
    machineLoad,
    testsLoad,
    imageSec,
    doubt,
  };
}

/** From this share on, tests that measure time measure the machine as well. */
const LOADED = 0.2;

const WORDS = { cpu: "the CPU", memory: "memory", io: "the disk" } as const;

/** What was most waited for while tests ran that failed; null = no load to speak of, or none is known. */
export function heaviest(load: Load | null): { readonly what: string; readonly share: number } | null {
  const waits = (["cpu", "memory", "io"] as const).map((name) => ({ what: WORDS[name], share: load?.[name] ?? 0 }));
  const [most] = waits.toSorted((a, b) => b.share - a.share);
  return most === undefined || most.share < LOADED ? null : most;
}

/** @param alone the tests of one trial ran at a time */
export function doubtText({ what, share }: { readonly what: string; readonly share: number }, alone: boolean): string {
  const waited = `the tests look at the clock, and did not pass while processes, their own among them, waited for ${what} ${Math.round(share * 100)} % of the time`;
  const todo = alone
    ? "fewer trials at once with -n; tests already ran one at a time"
    : "regatta run --quiet-verify, or fewer trials at once with -n";
  return `${waited}: on a quieter machine they may say something else (${todo})`;
}
