/** Whether new trials may start at all: the disks that a run fills have room for them. */
export interface Room {
  /** Looks again; what `shortage` says is then new. Never rejects. */
  look(): Promise<void>;
  /** Why none may, in words; null = they may. */
  shortage(): string | null;
  /** Called whenever there is room again. */
  onRoom(call: () => void): void;
}

export const ENOUGH_ROOM: Room = {
  look: () => Promise.resolve(),
  shortage: () => null,
  onRoom: () => undefined,
};
