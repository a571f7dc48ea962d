/** The two spellings of time in Harbor's files. */

/** Trial files: UTC with microseconds and `Z`. Ours have milliseconds; zeros fill the rest. */
export function utcMicroseconds(iso: string): string {
  const match = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(iso);
  if (match === null) return iso;
  return `${match[1]}.${(match[2] ?? "").padEnd(6, "0").slice(0, 6)}Z`;
}

/** A job's started_at and finished_at: local time without a zone. */
export function localNaive(date: Date): string {
  return `${localDate(date)}T${localClock(date).join(":")}.${pad(date.getMilliseconds(), 3)}000`;
}

/** Harbor's default job name: `2026-08-20__14-03-11`, local time. */
export function jobStamp(date: Date): string {
  return `${localDate(date)}__${localClock(date).join("-")}`;
}

function localDate(date: Date): string {
  return [pad(date.getFullYear(), 4), pad(date.getMonth() + 1, 2), pad(date.getDate(), 2)].join("-");
}

function localClock(date: Date): string[] {
  return [pad(date.getHours(), 2), pad(date.getMinutes(), 2), pad(date.getSeconds(), 2)];
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
