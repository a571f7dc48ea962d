/** Where two stored values differ, down to the innermost table: what a person is shown of a changed definition. Pure. */
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
  return [{ path, before: shown(before), after: shown(after) }];
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  const text = value === undefined ? "(not set)" : stableJson(value);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
