/** The times of one try fit together even where the machine's clock is set while it runs. */
import type { Clock } from "./clock.ts";

/** It reads the clock once, now; from then on its stamps are as far apart as the time that went by. */
export function steadyClock(clock: Clock): Clock {
  const base = Date.parse(clock.iso());
  const from = clock.monotonic();
  return { ...clock, iso: () => new Date(base + clock.monotonic() - from).toISOString() };
}
