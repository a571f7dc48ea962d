/**
 * CSV as RFC 4180 has it (CRLF, quotes doubled), in UTF-8, that opens in a spreadsheet without surprises.
 *
 * A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@`, a tab or a line break,
 * gets a `'` in front (OWASP's advice on CSV injection). Numbers are written as numbers, negative ones too; null is an empty cell.
 */
import { inert } from "../../base/inert.ts";

export type CsvCell = string | number | null;

export function csv(header: readonly string[], rows: readonly (readonly CsvCell[])[]): string {
  return [header, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: CsvCell): string {
  if (value === null) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const plain = inert(value.replace(/\r\n?/g, "\n"));
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${plain}` : plain;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
