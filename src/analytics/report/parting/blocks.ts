/** Rows of a difference → what of it is shown, and in what order: long stretches that are the same are folded. Pure. */
import type { DiffRow, TrajectoryDiff } from "../../diff/trajectory-diff.ts";

/** Places of actions, from 0. */
export type Block =
  | { readonly kind: "same" | "alike"; readonly pairs: readonly { readonly a: number; readonly b: number }[] }
  /** Each side alone. */
  | { readonly kind: "apart"; readonly a: readonly number[]; readonly b: readonly number[] }
  /** Not shown, of the kind before or after it; of `apart` for each side. */
  | { readonly kind: "folded"; readonly of: "same" | "alike"; readonly actions: number }
  | { readonly kind: "folded-apart"; readonly a: number; readonly b: number }
  /** They part for the first time. */
  | { readonly kind: "parts" }
  | { readonly kind: "meets"; readonly length: number }
  /** So many rows more than a page can show. */
  | { readonly kind: "rest"; readonly rows: number };

/** Same actions shown on either side of a difference. */
const CONTEXT = 2;
/** Of one stretch, on one side. */
const MOST_APART = 8;
/** Actions of a pair. */
const MOST_ACTIONS = 60;

export function blocksOf({ rows, divergence, reconvergence }: TrajectoryDiff): readonly Block[] {
  const blocks: Block[] = [];
  let shown = 0;
  let parted = divergence === null;
  for (let at = 0; at < rows.length;) {
    const run = runFrom(rows, at);
    if (shown >= MOST_ACTIONS) return [...blocks, { kind: "rest", rows: rows.length - at }];
    if (run.kind !== "same" && !parted) {
      blocks.push({ kind: "parts" });
      parted = true;
    }
    if (run.kind === "same" && reconvergence !== null && run.pairs[0]?.a === reconvergence.a)
      blocks.push({ kind: "meets", length: reconvergence.length });
    const own = blocksOfRun(run, at === 0, at + run.rows === rows.length);
    blocks.push(...own);
    shown += own.reduce((sum, block) => sum + actionsIn(block), 0);
    at += run.rows;
  }
  return blocks;
}

type Run = Extract<Block, { readonly kind: "same" | "alike" | "apart" }> & { readonly rows: number };

/** As many rows as are of one kind; rows of either side alone are one kind. */
function runFrom(rows: readonly DiffRow[], start: number): Run {
  const kindAt = (at: number): Run["kind"] | null => {
    const kind = rows[at]?.kind;
    return kind === undefined ? null : kind === "a" || kind === "b" ? "apart" : kind;
  };
  const kind = kindAt(start) ?? "apart";
  let end = start;
  while (kindAt(end) === kind) end += 1;
  const own = rows.slice(start, end);
  if (kind === "apart") {
    const a = own.flatMap((row) => (row.kind === "a" ? [row.a] : []));
    const b = own.flatMap((row) => (row.kind === "b" ? [row.b] : []));
    return { kind, a, b, rows: own.length };
  }
  const pairs = own.flatMap((row) => (row.kind === "same" || row.kind === "alike" ? [{ a: row.a, b: row.b }] : []));
  return { kind, pairs, rows: own.length };
}

function blocksOfRun(run: Run, first: boolean, last: boolean): readonly Block[] {
  if (run.kind === "apart") {
    const { a, b } = run;
    const block = { kind: "apart", a: a.slice(0, MOST_APART), b: b.slice(0, MOST_APART) } as const;
    const [moreA, moreB] = [a.length - block.a.length, b.length - block.b.length];
    return moreA + moreB === 0 ? [block] : [block, { kind: "folded-apart", a: moreA, b: moreB }];
  }
  const { kind, pairs } = run;
  // What is the same says something only beside what is not.
  const [before, after] = kind === "alike" ? [MOST_APART, 0] : [first ? 0 : CONTEXT, last ? 0 : CONTEXT];
  // A fold that hides one action takes as much room as the action.
  if (pairs.length <= before + after + 1 && before + after > 0) return [{ kind, pairs }];
  const end = pairs.length - after;
  return [
    ...(before === 0 ? [] : [{ kind, pairs: pairs.slice(0, before) }]),
    { kind: "folded", of: kind, actions: end - before },
    ...(after === 0 ? [] : [{ kind, pairs: pairs.slice(end) }]),
  ];
}

function actionsIn(block: Block): number {
  if (block.kind === "same") return block.pairs.length;
  if (block.kind === "alike") return 2 * block.pairs.length;
  return block.kind === "apart" ? block.a.length + block.b.length : 0;
}
