/** Whether new trials may start at all: the disks that a run fills have room, and sandboxes can be started. */
import type { PauseReason } from "../contract/event.ts";

export interface Shortage {
  readonly reason: PauseReason;
  /** In words, with what to do. */
  readonly message: string;
}

export interface Room {
  /** Looks again; what `shortage` says is then new. Never rejects. */
  look(): Promise<void>;
  /** Why none may; null = they may. */
  shortage(): Shortage | null;
  /** Called whenever there is room again. */
  onRoom(call: () => void): void;
}

export const ENOUGH_ROOM: Room = {
  look: () => Promise.resolve(),
  shortage: () => null,
  onRoom: () => undefined,
};
