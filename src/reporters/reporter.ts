/** The reporter port: something that shows a run to somebody while it goes on. */
import type { StampedEvent } from "../contract/event.ts";

export interface Reporter {
  /** Never throws, never waits; events of a type it does not know are passed over. */
  onEvent(event: StampedEvent): void;
  /** Leaves the terminal as it was. Safe to call more than once. */
  close(): Promise<void>;
}
