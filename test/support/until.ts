import { setTimeout as delay } from "node:timers/promises";

/** Nothing announces what a process does, or that it ends, that is not ours: it is looked for. */
export async function until(what: () => boolean | Promise<boolean>, seconds = 25): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await what())) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what.toString()}`);
    await delay(20);
  }
}
