/** Looks, again and again, whether a run can go on: new trials wait while a disk has too little room, or no sandbox can be started. */
import type { Clock } from "../engine/clock.ts";
import type { Room, Shortage } from "../engine/room.ts";
import type { EnvironmentProvider } from "../environments/environment.ts";
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
  /** In 10^9 bytes; 0 = no disk is ever short. */
  readonly minFreeGb: number;
  readonly provider: Pick<EnvironmentProvider, "outage">;
  /** Where there is something to say of a disk that cannot be looked at. */
  readonly onFailure: (message: string) => void;
  readonly clock: Clock;
}

export async function watchRoom({ paths, minFreeGb, provider, onFailure, clock }: WatchedRoom): Promise<RoomWatch> {
  const calls: (() => void)[] = [];
  let shortage: Shortage | null = null;
  let looking: Promise<void> | null = null;
  let cancel: (() => void) | null = null;
  let closed = false;
  let complaint = "";

  const find = async (): Promise<Shortage | null> => {
    const message = await shortageAt(paths, minFreeGb, shortage?.reason === "disk" ? AGAIN_AT : 1);
    if (message !== null) return { reason: "disk", message };
    const outage = await provider.outage();
    return outage === null ? null : { reason: "environment", message: outage };
  };
  const lookOnce = async (): Promise<void> => {
    try {
      const found = await find();
      if (closed) return;
      const again = found === null && shortage !== null;
      shortage = found;
      if (again) for (const call of calls) call();
    } catch (error) {
      // Said once; what was known last stays true.
      const message = `whether there is room for trials cannot be found out: ${error instanceof Error ? error.message : String(error)}`;
      if (message !== complaint && !closed) onFailure(message);
      complaint = message;
    }
  };
  /** Many trials that end at once are one reason to look. */
  const look = (): Promise<void> => (looking ??= lookOnce().finally(() => (looking = null)));
  const arm = (): void => {
    cancel = clock.after(LOOK_EVERY_MS, () => {
      void look().then(() => {
        if (!closed) arm();
      });
    });
  };

  await look();
  arm();
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
  if (minFreeGb === 0) return null;
  for (const path of paths) {
    const { at, freeBytes } = await freeSpace(path);
    if (freeBytes < minFreeGb * 1e9 * factor)
      return `${bytes(freeBytes)} free at ${at}, and min_free_gb asks for ${bytes(minFreeGb * 1e9)}: make room (regatta cache prune); or end the run, lower min_free_gb in [run], and go on`;
  }
  return null;
}
