/**
 * One typed stream of events to many listeners: journal, progress, mirror.
 *
 * A listener that throws, or whose promise fails, is recorded once per message and stops nothing.
 */
import type { Announce, RunEvent, StampedEvent } from "../contract/event.ts";

export interface Listener {
  readonly name: string;
  onEvent(event: StampedEvent): void | Promise<void>;
}

export interface Announcer {
  readonly announce: Announce;
  /** Resolves when everything that listeners had begun is done. */
  settle(): Promise<void>;
}

export function createAnnouncer(listeners: readonly Listener[], launch: number, iso: () => string): Announcer {
  let seq = 0;
  const pending = new Set<Promise<void>>();
  const complaints = new Set<string>();

  const complain = (listener: Listener, error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    const complaint = `${listener.name}\0${message}`;
    if (complaints.has(complaint)) return;
    complaints.add(complaint);
    announce({ type: "listener-failed", listener: listener.name, message });
  };

  const announce = (event: RunEvent): void => {
    const stamped: StampedEvent = { at: iso(), seq: ++seq, launch, ...event };
    for (const listener of listeners) {
      try {
        const work = listener.onEvent(stamped);
        if (work === undefined) continue;
        const watched: Promise<void> = work
          .catch((error: unknown) => complain(listener, error))
          .finally(() => pending.delete(watched));
        pending.add(watched);
      } catch (error) {
        complain(listener, error);
      }
    }
  };

  return {
    announce,
    async settle() {
      while (pending.size > 0) await Promise.all(pending);
    },
  };
}
