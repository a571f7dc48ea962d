/** Runs `work` soon after a `touch`, at most once per interval and never twice at a time; `flush` runs it now and waits. */
export interface Throttle {
  touch(): void;
  /** Rejects if the work fails. */
  flush(): Promise<void>;
  /** Drops what is still to come; `flush` still works. */
  stop(): void;
}

/** @param onError a failure of the work outside `flush`; the next touch tries again. */
export function throttle(work: () => Promise<void>, intervalMs: number, onError: (error: unknown) => void): Throttle {
  let timer: NodeJS.Timeout | undefined;
  let lastEnd = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  function run(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const turn = running.then(work).finally(() => {
      lastEnd = performance.now();
    });
    // The chain goes on after a failure; whoever asked for this turn sees it.
    running = turn.catch(() => undefined);
    return turn;
  }

  return {
    touch() {
      if (stopped || timer !== undefined) return;
      const wait = Math.max(0, lastEnd + intervalMs - performance.now());
      timer = setTimeout(() => void run().catch(onError), wait);
      timer.unref();
    },
    flush: run,
    stop() {
      stopped = true;
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
