/** How one family of endpoints is spoken to: pure, a request to a body and a body to a reply. */
import { isRecord } from "../../base/is-record.ts";
import type { ModelRequest } from "../question.ts";

/** Null = the endpoint does not say. */
export interface CallUsage {
  /** Neither read from nor written to a cache. */
  readonly input: number | null;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** With what was spent on reasoning. */
  readonly output: number | null;
  /** Where the endpoint itself says what it charged. */
  readonly costUsd: number | null;
}

export const NO_USAGE: CallUsage = { input: null, cacheRead: 0, cacheWrite: 0, output: null, costUsd: null };

export type Reply =
  | { readonly state: "text"; readonly text: string; readonly usage: CallUsage }
  | {
      readonly state: "failed";
      readonly kind: "refused" | "cut" | "malformed";
      readonly why: string;
      readonly usage: CallUsage;
    };

export interface Provider {
  readonly path: string;
  headers(key: string | null): Readonly<Record<string, string>>;
  /** @param enforced whether the endpoint is asked to enforce the schema; it is checked here in any case. */
  body(request: ModelRequest, model: string, enforced: boolean): Readonly<Record<string, unknown>>;
  read(body: unknown): Reply;
}

/** A finite number that is not negative, else null. */
export function amount(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : null;
}

export function recordAt(value: unknown, key: string): Readonly<Record<string, unknown>> {
  const inner = isRecord(value) ? value[key] : null;
  return isRecord(inner) ? inner : {};
}

export function recordsAt(value: unknown, key: string): readonly Readonly<Record<string, unknown>>[] {
  const inner = isRecord(value) ? value[key] : null;
  return Array.isArray(inner) ? inner.filter(isRecord) : [];
}

/** A refusal's own words, short. */
export function said(value: unknown): string {
  return typeof value === "string" && value.trim() !== "" ? `: ${value.trim().slice(0, 300)}` : "";
}

/** Total input minus what came from a cache. */
export function uncached(total: number | null, cached: number): number | null {
  return total === null ? null : Math.max(0, total - cached);
}
