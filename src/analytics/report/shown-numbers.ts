/** Numbers as the report shows them. What is not known is the word, never a 0 and never a blank. */
import { type Computed, type Interval, isComputed } from "../../statistics/computed.ts";
import * as terminal from "../../terminal/figures.ts";

export const UNKNOWN = "unknown";

type Shown = (value: number) => string;

/** `shown` of a number, else the word. */
export function orUnknown(value: number | null, shown: Shown): string {
  return value === null ? UNKNOWN : shown(value);
}

export function numberOrNull(value: Computed<number>): number | null {
  return isComputed(value) ? value : null;
}

export function intervalOrNull(interval: Computed<Interval>): Interval | null {
  return isComputed(interval) ? interval : null;
}

/** `62.5 %`; whole percents without a decimal. */
export function percent(share: number): string {
  return `${decimals(100 * share, 1)} %`;
}

/** Of reward, in percentage points, signed: `+12.5 pp`. */
export function points(difference: number): string {
  return `${signed(100 * difference)} pp`;
}

/** `−3.1 to +12.5 pp`. */
export function pointsRange({ low, high }: Interval): string {
  return `${signed(100 * low)} to ${signed(100 * high)} pp`;
}

/** `31 to 75.5 %`. */
export function percentRange({ low, high }: Interval): string {
  return `${decimals(100 * low, 1)} to ${decimals(100 * high, 1)} %`;
}

function signed(value: number): string {
  const size = decimals(Math.abs(value), 1);
  return size === "0" ? "0" : `${value < 0 ? "−" : "+"}${size}`;
}

/** At most so many places, without zeros at the end. */
export function decimals(value: number, places: number): string {
  const text = value.toFixed(places);
  const short = places === 0 ? text : text.replace(/\.?0+$/, "");
  return short === "-0" ? "0" : short.replace("-", "−");
}

/** `$0.0123`, `$1.20`, `$1,204`: more places for small sums. */
export function dollars(value: number): string {
  if (value === 0) return "$0";
  if (value > 0 && value < 0.0001) return "<$0.0001";
  if (value < 0.1) return `$${value.toFixed(4).replace(/0{1,2}$/, "")}`;
  return value < 1000 ? `$${value.toFixed(2)}` : `$${grouped(Math.round(value))}`;
}

/** `950`, `12.3k`, `20k`, `1.2M`. */
export function amount(value: number): string {
  return terminal.count(Math.round(value)).replace(/\.0(?=[kM])/, "");
}

/** `0`, `40ms`, `1.2s`, `12s`, `3m05s`, `2h07m`. */
export function duration(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 0.9995) return `${decimals(seconds * 1000, seconds < 0.00995 ? 1 : 0)}ms`;
  return terminal.duration(seconds).replace(".0s", "s");
}

/** Three digits that count, and never 0: a sampled or rounded p is a bound. */
export function probability(p: number): string {
  return p < 0.0001 ? "<0.0001" : p.toPrecision(3).replace(/\.?0+$/, "");
}

/** `p = 0.012`, `p < 0.0001`. */
export function pShown(p: number): string {
  return p < 0.0001 ? "p < 0.0001" : `p = ${probability(p)}`;
}

/** `× 1.24`. */
export function ratio(value: number): string {
  return `× ${value.toFixed(2)}`;
}

export function reward(value: number): string {
  return terminal.reward(value);
}

/** `12,345`. */
function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

export const plural = terminal.plural;
