/** Numbers as people read them. Unknown (null) is always `—`, never 0. */

export const UNKNOWN = "—";

/** `0:42`, `12:05`, `1:02:05`. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${twoDigits(rest)}` : `${minutes}:${twoDigits(rest)}`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}

/** `0.4s`, `12s`, `10m`, `3m05s`, `2h07m`: for a table, three or four characters where possible. */
export function duration(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const [large, small] =
    whole < 3600 ? [`${minutes}m`, `${twoDigits(rest)}s`] : [`${hours}h`, `${twoDigits(minutes)}m`];
  return small.startsWith("00") ? large : large + small;
}

/** A reward in at most three places: `1`, `0`, `0.5`, `0.333`. What is nearly a whole number is never shown as one: `<1`, `>0`. */
export function reward(value: number | null): string {
  if (value === null) return UNKNOWN;
  const rounded = Number(value.toFixed(3));
  if (!Number.isInteger(rounded) || rounded === value) return String(rounded);
  return rounded > value ? `<${rounded}` : `>${rounded}`;
}

/** A mean, always with two places, so that a column lines up. */
export function mean(value: number | null): string {
  return value === null ? UNKNOWN : value.toFixed(2);
}

/** `950`, `12.3k`, `1.2M`. */
export function count(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 1000) return String(value);
  if (value < 999_950) return `${(value / 1000).toFixed(1)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

export function dollars(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value > 0 && value < 0.01 ? "<$0.01" : `$${value.toFixed(2)}`;
}

/** `p = 0.0123`, `p < 0.0001`: never 0, since a sampled or rounded p is a bound. */
export function pValue(p: number, digits = 3): string {
  return p < 0.0001 ? "p < 0.0001" : `p = ${p.toPrecision(digits)}`;
}

/** `1 trial`, `2 trials`. */
export function plural(number: number, singular: string, many = `${singular}s`): string {
  return `${number} ${number === 1 ? singular : many}`;
}

/** `0 B`, `3.2 kB`, `41 MB`, `1.2 GB`: decimal, as disks are sold. */
export function bytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let scaled = value;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${scaled < 10 && unit > 0 ? scaled.toFixed(1) : scaled.toFixed(0)} ${units[unit] ?? ""}`;
}
