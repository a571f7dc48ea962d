/** Labels that people gave to trials, as CSV: `profile`, `task`, `attempt` (1 when it is not there), and columns of labels. */
import { UserError } from "../contract/failure.ts";
import { APPROACHES, FAILURE_CATEGORIES } from "./opinions.ts";

/** Columns that can be compared with a model's answers, and what may stand in them. */
export const LABELS = {
  failure_category: { categories: FAILURE_CATEGORIES, weights: "none" },
  approach: { categories: APPROACHES, weights: "none" },
  quality: { categories: ["1", "2", "3", "4", "5"], weights: "quadratic" },
} as const;
export type LabelName = keyof typeof LABELS;

export interface PeoplesLabels {
  readonly profile: string;
  readonly task: string;
  readonly attempt: number;
  /** Empty cells are absent. */
  readonly labels: Readonly<Partial<Record<LabelName, string>>>;
}

/** @throws {UserError} all mistakes at once, each with its line */
export function readLabels(text: string, file: string): readonly PeoplesLabels[] {
  const [header, ...rows] = csvRows(text);
  const names = header?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  const wanted = Object.keys(LABELS) as LabelName[];
  const found = wanted.filter((name) => names.includes(name));
  const missing = ["profile", "task"].filter((name) => !names.includes(name));
  if (missing.length > 0 || found.length === 0)
    throw new UserError(`${file}:1: these labels cannot be used.`, [
      `The first line is: ${names.join(", ").slice(0, 200) || "empty"}.`,
      `Expected the columns profile, task, attempt (if there are several), and at least one of ${wanted.join(", ")}.`,
    ]);
  const problems: string[] = [];
  const labels = rows.map(({ cells, line }): PeoplesLabels => {
    const cell = (name: string): string => plain(cells[names.indexOf(name)] ?? "");
    const attempt = names.includes("attempt") && cell("attempt") !== "" ? Number(cell("attempt")) : 1;
    if (!Number.isSafeInteger(attempt) || attempt < 1)
      problems.push(`${file}:${line}: attempt "${cell("attempt")}": expected a whole number from 1`);
    const own = found.flatMap((name): [LabelName, string][] => {
      const value = cell(name).toLowerCase();
      if (value === "") return [];
      const { categories }: { readonly categories: readonly string[] } = LABELS[name];
      if (!categories.includes(value))
        problems.push(`${file}:${line}: ${name} "${value.slice(0, 60)}": expected one of ${categories.join(", ")}`);
      return [[name, value]];
    });
    return { profile: cell("profile"), task: cell("task"), attempt, labels: Object.fromEntries(own) };
  });
  if (problems.length > 0) throw new UserError("These labels cannot be used:", problems.slice(0, 20));
  return labels;
}

/** Our own CSV files have a `'` before what a spreadsheet would take for a formula. */
function plain(cell: string): string {
  return cell.trim().replace(/^'(?=[=+\-@\t\r])/, "");
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** Where it begins, from 1. */
  readonly line: number;
}

/** RFC 4180; also with LF alone, a byte order mark, and blank lines, which are left out. */
export function csvRows(text: string): readonly CsvRow[] {
  const rows: CsvRow[] = [];
  const source = text.replace(/^\ufeff/, "");
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let begins = 1;
  const endRow = (): void => {
    cells.push(cell);
    if (cells.length > 1 || cell.trim() !== "") rows.push({ cells, line: begins });
    cells = [];
    cell = "";
  };
  for (let at = 0; at < source.length; at++) {
    const letter = source[at] ?? "";
    if (letter === "\n") line += 1;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (source[at + 1] === '"') {
        cell += letter;
        at += 1;
      } else quoted = false;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === ",") {
      cells.push(cell);
      cell = "";
    } else if (letter === "\n") {
      endRow();
      begins = line;
    } else if (!(letter === "\r" && source[at + 1] === "\n")) cell += letter;
  }
  if (cell !== "" || cells.length > 0) endRow();
  return rows;
}
