/** Whether this machine's clock agrees with those of whoever it works with. Pure. */
import type { ClockReading } from "../../contract/clock-reading.ts";
import type { Finding } from "../../contract/finding.ts";

/** Beyond that certificates and tokens that were just made begin to be refused. */
const MOST_MS = 5 * 60_000;

/** @returns one finding for each clock that is far off, or one that all agree; none where nobody was asked */
export function clockFindings(readings: readonly ClockReading[]): readonly Finding[] {
  const far = readings.filter(({ theirs, ours }) => Math.abs(theirs - ours) > MOST_MS);
  if (far.length === 0) {
    const whose = readings.map((reading) => reading.whose);
    return whose.length === 0
      ? []
      : [{ name: "clock", verdict: "ok", detail: `agrees with ${whose.join(", ")}`, todo: null }];
  }
  return far.map(({ whose, theirs, ours }) => ({
    name: "clock",
    verdict: "warn",
    detail: `this machine's clock is ${inWords(Math.abs(theirs - ours))} ${ours > theirs ? "ahead of" : "behind"} that of ${whose}`,
    todo: "have both set by NTP (timedatectl set-ntp true): TLS certificates and tokens are refused by a clock that is wrong, and times in results mean nothing",
  }));
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
