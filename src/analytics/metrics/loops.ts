/** Doing the same again. */
import type { Call } from "../trajectory/step-fact.ts";
import { type Metric, overSteps, TRAJECTORY } from "./metric.ts";

const LONGEST_CYCLE = 3;
const ROUNDS = 3;

/** Cycles of 1 to 3 calls gone through at least 3 times in a row; each such stretch counts once. */
export function loopsIn(calls: readonly Pick<Call, "same">[]): number {
  let loops = 0;
  let at = 0;
  while (at < calls.length) {
    const end = loopFrom(calls, at);
    if (end > at) loops += 1;
    at = Math.max(end, at + 1);
  }
  return loops;
}

/** @returns where the loop that begins at `start` is over; `start` when none does. */
function loopFrom(calls: readonly Pick<Call, "same">[], start: number): number {
  for (let length = 1; length <= LONGEST_CYCLE; length++) {
    let end = start + length;
    while (end < calls.length && calls[end]?.same === calls[end - length]?.same) end += 1;
    if (end - start >= length * ROUNDS) return end;
  }
  return start;
}

export const LOOPS: readonly Metric[] = [
  {
    name: "loops",
    unit: "count",
    definition:
      "Stretches in which the same one to three calls (same tool, same arguments) are gone through at least three times in a row.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overSteps((trajectory) => loopsIn(trajectory.calls)),
  },
  {
    name: "repeated_calls",
    unit: "count",
    definition: "Calls that were made before in the trial with the same tool and the same arguments.",
    source: `${TRAJECTORY}, tool_calls`,
    compute: overSteps((trajectory) => {
      const calls = trajectory.calls;
      return calls.length - new Set(calls.map(({ same }) => same)).size;
    }),
  },
];
