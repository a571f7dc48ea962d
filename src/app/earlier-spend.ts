/** What earlier launches of a batch spent, from the traces of its trials: a budget is a batch's, however often it is continued. */
import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { isRecord } from "../base/is-record.ts";
import type { TrialPlan } from "../contract/plan.ts";
import { parseJsonTolerant } from "../host/files.ts";
import { TRACE_FILE } from "../gateway/trial-pass.ts";

export interface EarlierSpend {
  readonly trialName: string;
  readonly profile: string;
  readonly usd: number;
  readonly tokens: number;
}

/** Tries, trials and what was set aside; a trial is told by the names of the folders that its trace is in. */
export async function earlierSpend(batchDir: string, trials: readonly TrialPlan[]): Promise<readonly EarlierSpend[]> {
  const profiles = new Map(trials.map(({ trialName, profile }) => [trialName, profile]));
  const entries = await readdir(batchDir, { recursive: true });
  const found: EarlierSpend[] = [];
  for (const path of entries.filter((each) => each.endsWith(`${sep}${TRACE_FILE}`))) {
    const trialName = path
      .split(sep)
      .map((part) => part.replace(/__\d+$/, ""))
      .find((part) => profiles.has(part));
    const profile = profiles.get(trialName ?? "");
    if (trialName === undefined || profile === undefined) continue;
    const lines = (await readFile(join(batchDir, path), "utf8")).split("\n").map(amounts);
    const usd = lines.reduce((sum, line) => sum + line.usd, 0);
    const tokens = lines.reduce((sum, line) => sum + line.tokens, 0);
    found.push({ trialName, profile, usd, tokens });
  }
  return found;
}

/** A last line may be cut off: what is not whole says nothing. */
function amounts(line: string): { readonly usd: number; readonly tokens: number } {
  const read = parseJsonTolerant(line);
  const value = read.state === "ok" && isRecord(read.value) ? read.value : {};
  const tokens = isRecord(value["tokens"]) ? value["tokens"] : {};
  const parts = ["input", "cacheRead", "cacheWrite", "cacheWriteHour", "output"].map((key) => number(tokens[key]));
  return { usd: number(value["cost_usd"]), tokens: parts.reduce((sum, part) => sum + part, 0) };
}

function number(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : 0;
}
