/**
 * Aligned columns within a width. When there is not enough of it, whole columns go first, the least important before
 * the others, then the widest column that allows it is narrowed; in the end every line is clipped.
 */
import type { Paint, Style } from "./paint.ts";
import { clip, pad, textWidth } from "./text-width.ts";

export interface Column {
  readonly align?: "left" | "right";
  /** May be narrowed down to this many cells. */
  readonly min?: number;
  /** May be left out; higher goes first. */
  readonly drop?: number;
}

export interface Cell {
  readonly text: string;
  readonly style?: Style | undefined;
}

export type GridCell = Cell | string;

export interface GridOptions {
  readonly columns: number;
  readonly paint: Paint;
  /** Cells between columns; default 2. */
  readonly gap?: number;
  /** In front of each line; default "". */
  readonly indent?: string;
}

/** @param rows the first may be a heading; a missing cell is empty. */
export function grid(
  columns: readonly Column[],
  rows: readonly (readonly GridCell[])[],
  options: GridOptions,
): string[] {
  const { paint, gap = 2, indent = "" } = options;
  const room = options.columns - textWidth(indent);
  const cells = rows.map((row) => columns.map((_, at) => asCell(row[at])));
  const widths = columns.map((_, at) =>
    cells.reduce((widest, row) => Math.max(widest, textWidth(row[at]?.text ?? "")), 0),
  );
  const shown = fitting(columns, widths, room, gap);
  narrow(columns, widths, shown, room, gap);
  return cells.map((row) => line(row, shown));

  function line(row: readonly Cell[], order: readonly number[]): string {
    let left = room;
    let text = "";
    for (const [place, at] of order.entries()) {
      const cell = row[at] ?? { text: "" };
      const clipped = clip(cell.text, Math.min(widths[at] ?? 0, left));
      const last = place === order.length - 1;
      const align = columns[at]?.align ?? "left";
      const padded = last && align === "left" ? clipped : pad(clipped, Math.min(widths[at] ?? 0, left), align);
      const space = place === 0 ? "" : " ".repeat(Math.min(gap, left));
      left -= textWidth(padded) + gap;
      text += space + paint(padded, cell.style);
      if (left <= 0) break;
    }
    // Empty cells at the end must not leave spaces behind; painted ones never end in a space.
    return `${indent}${text}`.trimEnd();
  }
}

function asCell(cell: GridCell | undefined): Cell {
  return typeof cell === "string" ? { text: cell } : (cell ?? { text: "" });
}

function total(widths: readonly number[], shown: readonly number[], gap: number): number {
  return shown.reduce((sum, at) => sum + (widths[at] ?? 0), 0) + gap * Math.max(0, shown.length - 1);
}

/** Indexes of the columns that stay: droppable ones go while even narrowing would not make room. */
function fitting(columns: readonly Column[], widths: readonly number[], room: number, gap: number): number[] {
  let shown = columns.map((_, at) => at);
  const smallest = columns.map((column, at) => Math.min(widths[at] ?? 0, column.min ?? Infinity));
  const droppable = shown
    .filter((at) => columns[at]?.drop !== undefined)
    .sort((a, b) => (columns[b]?.drop ?? 0) - (columns[a]?.drop ?? 0));
  for (const at of droppable) {
    if (total(smallest, shown, gap) <= room) break;
    shown = shown.filter((other) => other !== at);
  }
  return shown;
}

/** Takes cells from the widest column that may give some, until all fit or none may. */
function narrow(
  columns: readonly Column[],
  widths: number[],
  shown: readonly number[],
  room: number,
  gap: number,
): void {
  let over = total(widths, shown, gap) - room;
  while (over > 0) {
    const givers = shown.filter((at) => (widths[at] ?? 0) > (columns[at]?.min ?? Infinity));
    const widest = givers.reduce<number | null>(
      (best, at) => (best === null || (widths[at] ?? 0) > (widths[best] ?? 0) ? at : best),
      null,
    );
    if (widest === null) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
}
