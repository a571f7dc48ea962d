/** What a trial's record says of the noise around it, checked: it is a file like any other. Unknown is null. */
import { isRecord } from "../base/is-record.ts";
import type { Load, Noise } from "../contract/noise.ts";

/** Null when there is none. */
export function asNoise(value: unknown): Noise | null {
  if (!isRecord(value)) return null;
  const { doubt } = value;
  return {
    cpuSec: amount(value["cpuSec"]),
    throttledSec: amount(value["throttledSec"]),
    peakMemoryMib: amount(value["peakMemoryMib"]) ?? mibOf(amount(value["peakMemoryMb"])),
    diskMb: amount(value["diskMb"]),
    oomKills: amount(value["oomKills"]),
    sandboxLoad: asLoad(value["sandboxLoad"]),
    machineLoad: asLoad(value["machineLoad"]),
    testsLoad: asLoad(value["testsLoad"]),
    imageSec: amount(value["imageSec"]),
    doubt: typeof doubt === "string" ? doubt : null,
  };
}

/** Earlier records have megabytes of 10^6 bytes. */
function mibOf(megabytes: number | null): number | null {
  return megabytes === null ? null : (megabytes * 1e6) / 2 ** 20;
}

function asLoad(value: unknown): Load | null {
  if (!isRecord(value)) return null;
  return { cpu: amount(value["cpu"]), memory: amount(value["memory"]), io: amount(value["io"]) };
}

function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}
