/**
 * What an untrusted session file holds → text and JSON that any reader of the trajectory takes: no halves of a surrogate
 * pair (Python's JSON reader refuses them), no nesting that overflows a stack, no text without bounds.
 */
import { isRecord } from "../../base/is-record.ts";

/** A longer text keeps its beginning and its end. A tool result of 10 MB stays whole. */
const LONGEST_TEXT = 16 << 20;
/** Once a session's texts have filled `TOGETHER`, what follows is kept short. */
const TOGETHER = 128 << 20;
const SHORT_TEXT = 4096;
const DEEPEST = 64;

export type KeepText = (text: string) => string;

/** One for each trial: counts what it has kept. */
export function textKeeper(together = TOGETHER): KeepText {
  let left = together;
  return (text) => {
    const kept = plainText(text, left > 0 ? LONGEST_TEXT : SHORT_TEXT);
    left -= kept.length;
    return kept;
  };
}

export function plainText(text: string, longest: number): string {
  const kept = text.length <= longest ? text : cut(text, longest);
  return /[\ud800-\udfff]/.test(kept) ? kept.replace(/\p{Surrogate}/gu, "\ufffd") : kept;
}

function cut(text: string, longest: number): string {
  const half = Math.floor(longest / 2);
  return `${text.slice(0, half)}\n[${text.length - 2 * half} characters left out]\n${text.slice(-half)}`;
}

/** A copy of parsed JSON; what lies too deep becomes a text that says so. */
function plainJson(value: unknown, keep: KeepText, depth = 0): unknown {
  if (typeof value === "string") return keep(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEEPEST) return "[nested too deeply]";
  if (Array.isArray(value)) return value.map((item) => plainJson(item, keep, depth + 1));
  return plainRecord(value as Record<string, unknown>, keep, depth);
}

function plainRecord(value: Record<string, unknown>, keep: KeepText, depth: number): Record<string, unknown> {
  // By fromEntries, which defines: `__proto__` is a key like any other.
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [plainText(key, 1000), plainJson(item, keep, depth + 1)]),
  );
}

/** JSON of a value of whatever depth. */
export function jsonText(value: unknown, keep: KeepText): string {
  return keep(JSON.stringify(plainJson(value, keep)) ?? "");
}

/** A tool's arguments must be an object: anything else is put into one. */
export function plainArguments(value: unknown, keep: KeepText): Record<string, unknown> {
  if (isRecord(value)) return plainRecord(value, keep, 0);
  return value === undefined || value === null ? {} : { input: plainJson(value, keep) };
}

/** A finite number that is not negative, else null. */
export function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Of tokens: ATIF takes whole numbers alone. */
export function count(value: unknown): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
}

/** A text that is not empty, of bounded length, else null. */
export function nameOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? plainText(value, 1000) : null;
}

export function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

/** Without the members that are null: unknown is absent. */
export function known<Fields extends Record<string, unknown>>(
  fields: Fields,
): { [Key in keyof Fields]?: NonNullable<Fields[Key]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null && value !== undefined)) as {
    [Key in keyof Fields]?: NonNullable<Fields[Key]>;
  };
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** ISO 8601 with a date and a time, as ATIF's readers parse it, else null. */
export function timeOf(value: unknown): string | null {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?$/.test(value))
    return null;
  return Number.isNaN(Date.parse(value)) ? null : value;
}
