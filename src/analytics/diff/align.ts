/**
 * Two sequences side by side: as many equal items as can be matched in order (a longest common subsequence), and among those ways
 * the one with the most items that are alike. Hirschberg's division keeps memory linear; time grows with the product of the lengths,
 * some 0.2 s for 5,000 items each. Pure.
 */
export interface Item {
  /** Equal = the same. */
  readonly key: string;
  /** Equal = alike. */
  readonly near: string;
}

export interface Match {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
}

/** Longer ones are cut: both passes over the product then take seconds. */
export const MOST_ITEMS = 20_000;
/** Cells of one table of directions. */
const TABLE = 1 << 20;

/** @returns matches in order; `align(b, a)` is the same with both sides exchanged. At most MOST_ITEMS of each are looked at. */
export function align(a: readonly Item[], b: readonly Item[]): readonly Match[] {
  const [first, second] = [a.slice(0, MOST_ITEMS), b.slice(0, MOST_ITEMS)];
  // Where several ways are as good, the same one is taken whichever side comes first.
  if (inOrder(first, second)) return aligned(first, second);
  return aligned(second, first).map(({ a: x, b: y, same }) => ({ a: y, b: x, same }));
}

function inOrder(a: readonly Item[], b: readonly Item[]): boolean {
  if (a.length !== b.length) return a.length < b.length;
  for (const [at, item] of a.entries()) {
    const other = b[at];
    if (other === undefined) return true;
    if (item.key !== other.key) return item.key < other.key;
    if (item.near !== other.near) return item.near < other.near;
  }
  return true;
}

/** Numbers in place of texts: a comparison is then one of integers. */
interface Sequences {
  readonly a: Int32Array;
  readonly b: Int32Array;
  readonly nearA: Int32Array;
  readonly nearB: Int32Array;
  /** Of a match of equal items: more than all alike ones together. */
  readonly weight: number;
}

function aligned(a: readonly Item[], b: readonly Item[]): readonly Match[] {
  const keys = new Map<string, number>();
  const nears = new Map<string, number>();
  const numbers = (texts: readonly string[], known: Map<string, number>): Int32Array =>
    Int32Array.from(texts, (text) => {
      const number = known.get(text) ?? known.size;
      known.set(text, number);
      return number;
    });
  const of = (items: readonly Item[], field: keyof Item, known: Map<string, number>): Int32Array =>
    numbers(
      items.map((item) => item[field]),
      known,
    );
  const both: Sequences = {
    a: of(a, "key", keys),
    b: of(b, "key", keys),
    nearA: of(a, "near", nears),
    nearB: of(b, "near", nears),
    weight: Math.min(a.length, b.length) + 1,
  };
  const matches: Match[] = [];
  between(both, 0, a.length, 0, b.length, matches);
  return matches;
}

function score({ a, b, nearA, nearB, weight }: Sequences, i: number, j: number): number {
  return a[i] === b[j] ? weight : nearA[i] === nearB[j] ? 1 : 0;
}

function between(both: Sequences, fromA: number, toA: number, fromB: number, toB: number, out: Match[]): void {
  const { a, b } = both;
  while (fromA < toA && fromB < toB && a[fromA] === b[fromB]) out.push({ a: fromA++, b: fromB++, same: true });
  let [endA, endB] = [toA, toB];
  while (endA > fromA && endB > fromB && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const [lengthA, lengthB] = [endA - fromA, endB - fromB];
  if (lengthA > 0 && lengthB > 0) {
    if (lengthA === 1 || (lengthA + 1) * (lengthB + 1) <= TABLE) byTable(both, fromA, endA, fromB, endB, out);
    else {
      const middle = fromA + (lengthA >> 1);
      const split = splitOf(both, fromA, middle, endA, fromB, endB);
      between(both, fromA, middle, fromB, split, out);
      between(both, middle, endA, split, endB, out);
    }
  }
  for (let at = 0; endA + at < toA; at++) out.push({ a: endA + at, b: endB + at, same: true });
}

/** Where B is to be divided, so that the halves together are worth the most. */
function splitOf(both: Sequences, fromA: number, middle: number, toA: number, fromB: number, toB: number): number {
  const forward = lastRow(both, fromA, middle, fromB, toB, 1);
  const backward = lastRow(both, middle, toA, fromB, toB, -1);
  let [best, at] = [-1, 0];
  for (let split = 0; split <= toB - fromB; split++) {
    const worth = (forward[split] ?? 0) + (backward[toB - fromB - split] ?? 0);
    if (worth > best) [best, at] = [worth, split];
  }
  return fromB + at;
}

/** What the best matches of all of A with the first 0, 1, 2, … of B are worth; from the ends where `step` is −1. */
function lastRow(both: Sequences, fromA: number, toA: number, fromB: number, toB: number, step: 1 | -1): Int32Array {
  const length = toB - fromB;
  let before = new Int32Array(length + 1);
  let row = new Int32Array(length + 1);
  for (let x = 0; x < toA - fromA; x++) {
    const i = step === 1 ? fromA + x : toA - 1 - x;
    for (let y = 1; y <= length; y++) {
      const j = step === 1 ? fromB + y - 1 : toB - y;
      const matched = (before[y - 1] ?? 0) + score(both, i, j);
      const skipped = Math.max(before[y] ?? 0, row[y - 1] ?? 0);
      row[y] = Math.max(matched, skipped);
    }
    [before, row] = [row, before];
    row[0] = 0;
  }
  return before;
}

function byTable(both: Sequences, fromA: number, toA: number, fromB: number, toB: number, out: Match[]): void {
  const [rows, columns] = [toA - fromA, toB - fromB];
  const width = columns + 1;
  const worth = new Int32Array((rows + 1) * width);
  for (let x = rows - 1; x >= 0; x--) {
    for (let y = columns - 1; y >= 0; y--) {
      const own = score(both, fromA + x, fromB + y);
      const matched = own === 0 ? 0 : own + (worth[(x + 1) * width + y + 1] ?? 0);
      worth[x * width + y] = Math.max(matched, worth[(x + 1) * width + y] ?? 0, worth[x * width + y + 1] ?? 0);
    }
  }
  for (let [x, y] = [0, 0]; x < rows && y < columns;) {
    const here = worth[x * width + y] ?? 0;
    const own = score(both, fromA + x, fromB + y);
    if (own > 0 && here === own + (worth[(x + 1) * width + y + 1] ?? 0)) {
      out.push({ a: fromA + x, b: fromB + y, same: own === both.weight });
      x += 1;
      y += 1;
    } else if (here === (worth[(x + 1) * width + y] ?? 0)) x += 1;
    else y += 1;
  }
}
