/**
 * Percentile bootstrap over tasks (Efron 1979): whole tasks are drawn with everything that belongs to them, since attempts at one
 * task are no independent observations.
 */
import { type Computed, type Interval, isComputed, notComputed } from "./computed.ts";
import { seededRandom } from "./random.ts";
import { quantile } from "./summary.ts";

const ROUNDS = 2000;
/** With fewer, the same few samples come again and again. */
const FEWEST = 5;

/**
 * @param statistic of a sample, which is its own only during the call; null where it is not defined, such as a ratio with nothing below the line
 * @param seed the same gives the same interval
 */
export function bootstrapInterval<Task>(
  tasks: readonly Task[],
  statistic: (sample: readonly Task[]) => number | null,
  { level = 0.95, seed = 1, rounds = ROUNDS }: { level?: number; seed?: number; rounds?: number } = {},
): Computed<Interval> {
  if (tasks.length < FEWEST)
    return notComputed(`${tasks.length} ${tasks.length === 1 ? "task is" : "tasks are"} too few to draw from`);
  const random = seededRandom(seed);
  const found: number[] = [];
  // One array for all rounds: thousands of them are drawn.
  const sample = [...tasks];
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < sample.length; at++) sample[at] = tasks[random.below(tasks.length)] as Task;
    const value = statistic(sample);
    if (value !== null) found.push(value);
  }
  if (found.length < rounds / 2) return notComputed("in most samples the figure is not defined");
  const low = quantile(found, (1 - level) / 2);
  const high = quantile(found, 1 - (1 - level) / 2);
  return isComputed(low) && isComputed(high) ? { low, high } : notComputed("there are no values");
}
