/** Nothing new starts while there is no room for it; said once when it begins and once when it is over. */
import type { EngineParts } from "./engine-parts.ts";

export interface Pause {
  /** @param waiting how many would start: for nobody's sake nothing is said */
  mayStart(waiting: number): boolean;
  /**
   * What failed because an engine was away, or a disk full, is not the task's fault: it is tried again when that is over.
   * @param signal gives up waiting: the failure is then thrown
   */
  untilThereIsRoom<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function createPause({ room, announce, clock }: Pick<EngineParts, "room" | "announce" | "clock">): Pause {
  let since: number | null = null;
  return {
    mayStart(waiting) {
      const shortage = room.shortage();
      if (shortage !== null && since === null && waiting > 0) {
        since = clock.monotonic();
        announce({ type: "paused", ...shortage });
      }
      if (shortage === null && since !== null) {
        announce({ type: "resumed", seconds: (clock.monotonic() - since) / 1000 });
        since = null;
      }
      return shortage === null;
    },
    async untilThereIsRoom(attempt, signal) {
      for (;;) {
        try {
          return await attempt();
        } catch (error) {
          await room.look();
          if (room.shortage() === null || signal.aborted) throw error;
          await new Promise<void>((again) => {
            room.onRoom(again);
            signal.addEventListener("abort", () => again(), { once: true });
          });
        }
      }
    },
  };
}
