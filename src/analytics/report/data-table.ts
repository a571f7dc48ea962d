/** A table of numbers and names: the data of a figure, on the page and as CSV, where a column has its own name and full precision. */
import type { CsvCell } from "../output/csv.ts";

export interface DataColumn {
  /** In CSV: lower case, `_` between words. */
  readonly key: string;
  /** On the page. */
  readonly label: string;
  /** Of a number on the page; a column without one holds text. */
  readonly shown?: (value: number) => string;
}

export interface DataRow {
  readonly cells: readonly CsvCell[];
  /** Where the trials are that the row was made of: a fragment of the page. */
  readonly trials: string;
  /** Where two of them stand side by side. */
  readonly parted?: string;
}

export interface DataTable {
  readonly columns: readonly DataColumn[];
  readonly rows: readonly DataRow[];
}

export function valuesOf({ cells }: DataRow): readonly CsvCell[] {
  return cells;
}
