/** So many at a time, in the order in which they asked. */
export interface Turns {
  readonly limited: boolean;
  /** Resolves when it is the caller's turn, with what ends it. @throws the signal's reason when it is aborted before */
  take(signal: AbortSignal): Promise<() => void>;
  /** From here on nobody waits. @returns how many did */
  openToAll(): number;
}

/** For everybody at once. */
export const NO_TURNS: Turns = {
  limited: false,
  take(signal) {
    signal.throwIfAborted();
    return Promise.resolve(() => undefined);
  },
  openToAll: () => 0,
};

export function createTurns(atOnce = 1): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  let free = atOnce;

  const next = (): void => {
    const first = waiting.shift();
    if (first === undefined) taken -= 1;
    else first();
  };
  const turn = (): (() => void) => {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      next();
    };
  };

  return {
    limited: true,
    take: (signal) =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        if (taken < free) {
          taken += 1;
          resolve(turn());
          return;
        }
        const mine = (): void => {
          signal.removeEventListener("abort", leave);
          resolve(turn());
        };
        const leave = (): void => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(signal.reason as Error);
        };
        waiting.push(mine);
        signal.addEventListener("abort", leave, { once: true });
      }),
    openToAll() {
      free = Infinity;
      const all = waiting.splice(0);
      taken += all.length;
      for (const mine of all) mine();
      return all.length;
    },
  };
}
