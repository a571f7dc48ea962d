/** What a look at this machine came to, before a run starts or by `doctor`. */
export interface Finding {
  readonly name: string;
  /** `stop` = a run could not work. */
  readonly verdict: "ok" | "warn" | "stop";
  /** What is the case, and where. */
  readonly detail: string;
  /** Null = there is nothing to do. */
  readonly todo: string | null;
}
