/** Where two stored values differ, down to the innermost table and list: what a person is shown of a changed definition. Pure. */
import { stableJson } from "../base/stable-json.ts";

export interface Difference {
  /** `tasks.hello.digest` */
  readonly path: string;
  /** As JSON, never long; `(not set)` where there is nothing. */
  readonly before: string;
  readonly after: string;
}

export function differences(path: string, before: unknown, after: unknown): readonly Difference[] {
  if (stableJson(before) === stableJson(after)) return [];
  if (isTable(before) && isTable(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => differences(`${path}.${key}`, before[key], after[key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [old, now]: [readonly unknown[], readonly unknown[]] = [before, after];
    const places = Array.from({ length: Math.max(old.length, now.length) }, (_, at) => at);
    return places.flatMap((at) => differences(`${path}[${at}]`, old[at], now[at]));
  }
  return [{ path, ...shown(text(before), text(after)) }];
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return value === undefined ? "(not set)" : stableJson(value);
}

const LONGEST = 120;
/** Of what is alike before the place where two long values part. */
const ALIKE = 30;

function shown(before: string, after: string): Pick<Difference, "before" | "after"> {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = Math.max(before.length, after.length) > LONGEST ? Math.max(0, same - ALIKE) : 0;
  return { before: excerpt(before, from), after: excerpt(after, from) };
}

function excerpt(whole: string, from: number): string {
  const rest = whole.slice(from);
  return `${from > 0 ? "…" : ""}${rest.length > LONGEST ? `${rest.slice(0, LONGEST - 3)}…` : rest}`;
}
