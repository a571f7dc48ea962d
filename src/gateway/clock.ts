/** Time as the gateway sees it; tests bring their own. */
export interface GatewayClock {
  /** Milliseconds that only ever grow. */
  monotonic(): number;
  /** ISO 8601, UTC. */
  iso(): string;
  /** Calls back once; the result cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}
