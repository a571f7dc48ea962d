import { inert } from "../base/inert.ts";

/** One value as one line of JSON that neither ends a line early nor acts on a terminal. */
export function jsonLine(value: unknown): string {
  return `${inert(JSON.stringify(value))}\n`;
}
