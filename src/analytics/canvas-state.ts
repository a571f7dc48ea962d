/**
 * `agent/sessions/codecanvas/state.json`, version 2: the evidence board that CodeCanvas leaves behind. Only what its metrics
 * count is taken; every member may be missing.
 */
import { isRecord } from "../base/is-record.ts";

export interface CanvasState {
  readonly evidence: number;
  readonly claims: number;
  readonly decisions: number;
  /** Decisions of the kind `plan`. */
  readonly plans: number;
  readonly affected: number;
  /** Addressed or skipped. */
  readonly dealtWith: number;
  /** Files of the symbols that its impact analyses found affected. */
  readonly blastRadius: readonly string[];
}

/** @returns null when it is no such file. */
export function canvasState(value: unknown): CanvasState | null {
  if (!isRecord(value)) return null;
  const decisions = listOf(value["decisions"]);
  const analyses = Object.values(isRecord(value["analyses"]) ? value["analyses"] : {}).filter(isRecord);
  const symbolFiles = isRecord(value["symbol_files"]) ? value["symbol_files"] : {};
  const files = new Set<string>();
  let affected = 0;
  let dealtWith = 0;
  for (const analysis of analyses) {
    const symbols = new Set(listOf(analysis["affected_ids"]));
    affected += symbols.size;
    dealtWith += new Set(listOf(analysis["addressed_ids"])).size + new Set(listOf(analysis["skipped_ids"])).size;
    for (const symbol of symbols) {
      const file = typeof symbol === "string" && Object.hasOwn(symbolFiles, symbol) ? symbolFiles[symbol] : null;
      if (typeof file === "string") files.add(file);
    }
  }
  return {
    evidence: listOf(value["evidence"]).length,
    claims: listOf(value["claims"]).length,
    decisions: decisions.length,
    plans: decisions.filter((decision) => isRecord(decision) && decision["kind"] === "plan").length,
    affected,
    dealtWith,
    blastRadius: [...files],
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
