/** A number, or why there is none. Unknown is never 0. */
export interface NotComputed {
  readonly notComputed: string;
}

export type Known = number | NotComputed;

export function notComputed(reason: string): NotComputed {
  return { notComputed: reason };
}

/** The number, or null. */
export function numberOf(value: Known): number | null {
  return typeof value === "number" ? value : null;
}

/** Computes from known numbers only; the first that is not known is the reason. */
export function from<const Values extends readonly Known[]>(
  values: Values,
  compute: (...numbers: { [K in keyof Values]: number }) => Known,
): Known {
  const missing = values.find((value) => typeof value !== "number");
  if (missing !== undefined) return missing;
  return compute(...(values as unknown as { [K in keyof Values]: number }));
}

/** `top / bottom`, which is not computed where there is nothing to divide by. */
export function ratio(top: Known, bottom: Known, whyNone: string): Known {
  return from([top, bottom], (a, b) => (b === 0 ? notComputed(whyNone) : a / b));
}
