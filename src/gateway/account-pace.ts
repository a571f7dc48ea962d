/**
 * How many calls an account may have in flight: additive increase, multiplicative decrease, as TCP does it (RFC 5681).
 *
 * An overload halves the limit, once for all calls that were started before: they are one message. Every call of the account
 * then pauses for as long as the provider asks, or twice as long as the last time. Pure: the time comes from the caller.
 */

export interface PaceSettings {
  readonly start: number;
  readonly max: number;
  /** Of the first pause where the provider names none. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
}

export const PACE: PaceSettings = { start: 64, max: 512, pauseMs: 500, longestPauseMs: 30_000 };

export interface Pace {
  /** 0 = now; null = when another call is over. */
  msUntilStart(now: number): number | null;
  /** What is left of a pause. */
  pausedMs(now: number): number;
  started(): void;
  /** However it went. */
  ended(): void;
  accepted(): void;
  /**
   * @param startedAt when the overloaded call was sent
   * @param retryAfterMs what the provider asked for, or null
   * @param random in [0, 1)
   */
  overloaded(startedAt: number, now: number, retryAfterMs: number | null, random: number): void;
  readonly limit: number;
}

export function createPace(settings: PaceSettings): Pace {
  let limit = settings.start;
  let flying = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;
  let lastDecrease = Number.NEGATIVE_INFINITY;
  let pauses = 0;

  return {
    get limit() {
      return limit;
    },
    pausedMs: (now) => Math.max(0, pausedUntil - now),
    msUntilStart(now) {
      if (pausedUntil > now) return pausedUntil - now;
      return flying < Math.max(1, Math.floor(limit)) ? 0 : null;
    },
    started: () => void (flying += 1),
    ended: () => void (flying -= 1),
    accepted() {
      pauses = 0;
      // One more for each round of as many calls.
      limit = Math.min(settings.max, limit + 1 / limit);
    },
    overloaded(startedAt, now, retryAfterMs, random) {
      if (retryAfterMs !== null) pausedUntil = Math.max(pausedUntil, now + retryAfterMs);
      if (startedAt <= lastDecrease) return;
      lastDecrease = now;
      // What was allowed but not used says nothing about what the account can take.
      limit = Math.max(1, Math.min(limit, flying) / 2);
      if (retryAfterMs !== null) return;
      const pause = Math.min(settings.longestPauseMs, settings.pauseMs * 2 ** pauses);
      pauses += 1;
      pausedUntil = Math.max(pausedUntil, now + pause / 2 + (random * pause) / 2);
    },
  };
}
