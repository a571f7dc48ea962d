/** A number that was computed, or why it was not: there is no third way, and never a NaN. */
export type Computed<T> = T | NotComputed;

export interface NotComputed {
  readonly notComputed: string;
}

export function notComputed(because: string): NotComputed {
  return { notComputed: because };
}

export function isComputed<T>(value: Computed<T>): value is T {
  return !(typeof value === "object" && value !== null && "notComputed" in value);
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}
