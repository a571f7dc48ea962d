/**
 * What trials of a task share, made ready before any of them takes a slot: a slot is for running, not for building.
 *
 * A preparation that fails is over like one that succeeds: the trials that wait for it are started and end with its failure.
 * One that a further try may mend is done again, once, when the first trial wants its next try.
 */
import { classify } from "./classify.ts";
import type { Clock } from "./clock.ts";
import { ruleFor } from "./failure-table.ts";

export type Preparation = { readonly state: "preparing" } | { readonly state: "over"; readonly error: unknown };

export interface Preparations {
  /** Begins it when nobody has; `onOver` of the whole is called when it is over. */
  of(task: string): Preparation;
  /** The next `of` begins it again, if it failed in a way that another try may mend. */
  again(task: string): void;
}

export interface PreparationParts {
  readonly prepare: (key: string, log: (line: string) => void) => Promise<unknown>;
  /** It takes work: what is there already says nothing. */
  readonly onStarted: (key: string) => void;
  /** @param failed why, in words; null = it is ready */
  readonly onEnded: (key: string, seconds: number, failed: string | null) => void;
  readonly clock: Clock;
  /** Whoever waits is given up: nothing is announced any more. */
  readonly signal: AbortSignal;
  readonly onOver: () => void;
}

export function createPreparations(parts: PreparationParts): Preparations {
  const { prepare, onStarted, onEnded, clock, signal, onOver } = parts;
  const known = new Map<string, Preparation>();

  function begin(task: string): Preparation {
    /** Since it took work, not since it was asked for: it may have waited its turn. */
    let from = clock.monotonic();
    let said = false;
    const preparing: Preparation = { state: "preparing" };
    known.set(task, preparing);
    // What is there already says nothing, and nothing is announced of it.
    const log = (): void => {
      if (said) return;
      said = true;
      from = clock.monotonic();
      onStarted(task);
    };
    const over = (error: unknown): void => {
      known.set(task, { state: "over", error });
      const seconds = (clock.monotonic() - from) / 1000;
      const message = error === null ? null : classify(error, "environment-start").message;
      if (!signal.aborted && (said || message !== null)) onEnded(task, seconds, message);
      onOver();
    };
    prepare(task, log).then(
      () => over(null),
      (error: unknown) => over(error ?? new Error("the preparation failed without a reason")),
    );
    return preparing;
  }

  return {
    of: (task) => known.get(task) ?? begin(task),
    again(task) {
      const last = known.get(task);
      if (last?.state !== "over" || last.error === null) return;
      if (ruleFor(classify(last.error, "environment-start").code).retry) known.delete(task);
    },
  };
}
