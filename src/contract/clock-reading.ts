/** Another clock and this machine's, read at the same moment. Milliseconds since 1970. */
export interface ClockReading {
  readonly whose: string;
  readonly theirs: number;
  readonly ours: number;
}
