/** Looks at the disks that a run fills, again and again: new trials wait while one of them has too little room. */
import type { Clock } from "../engine/clock.ts";
import type { Room } from "../engine/room.ts";
import { freeSpace } from "../host/free-space.ts";
import { bytes } from "../terminal/figures.ts";

const LOOK_EVERY_MS = 2000;
/** So much more has to be free before trials go on: a disk at the very limit would stop and start them all the time. */
const AGAIN_AT = 1.1;

export interface RoomWatch extends Room {
  close(): void;
}

export interface WatchedRoom {
  /** Absolute; they need not exist. */
  readonly paths: readonly string[];
  /** In 10^9 bytes; 0 = it is never short. */
  readonly minFreeGb: number;
  /** Where there is something to say of a disk that cannot be looked at. */
  readonly onFailure: (message: string) => void;
  readonly clock: Clock;
}

export async function watchRoom({ paths, minFreeGb, onFailure, clock }: WatchedRoom): Promise<RoomWatch> {
  const calls: (() => void)[] = [];
  let shortage: string | null = null;
  let cancel: (() => void) | null = null;
  let closed = false;
  let complaint = "";

  const lookOnce = async (): Promise<void> => {
    const found = await shortageAt(paths, minFreeGb, shortage === null ? 1 : AGAIN_AT);
    if (closed) return;
    const again = found === null && shortage !== null;
    shortage = found;
    if (again) for (const call of calls) call();
  };
  const look = async (): Promise<void> => {
    if (minFreeGb === 0) return;
    try {
      await lookOnce();
    } catch (error) {
      // Said once; what was known last stays true.
      const message = `free disk space cannot be looked at: ${error instanceof Error ? error.message : String(error)}`;
      if (message !== complaint && !closed) onFailure(message);
      complaint = message;
    }
  };
  const arm = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      void look().then(() => {
        if (!closed) arm();
      });
    });
  };

  if (minFreeGb > 0) {
    await look();
    arm();
  }
  return {
    look,
    shortage: () => shortage,
    onRoom: (call) => void calls.push(call),
    close() {
      closed = true;
      cancel?.();
    },
  };
}

/** The first that is too full, in words with what to do. */
async function shortageAt(paths: readonly string[], minFreeGb: number, factor: number): Promise<string | null> {
  for (const path of paths) {
    const { at, freeBytes } = await freeSpace(path);
    if (freeBytes < minFreeGb * 1e9 * factor)
      return `${bytes(freeBytes)} free at ${at}, and min_free_gb asks for ${bytes(minFreeGb * 1e9)}: make room (regatta cache prune), or lower min_free_gb in [run]`;
  }
  return null;
}
