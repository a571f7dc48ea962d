/** Whether the result.json of a trial of ours is still the one that was written with its record: two files, one verdict. Pure. */
import { isRecord } from "../../base/is-record.ts";
import type { TrialRecord } from "../../contract/trial-record.ts";
import { readHarborResult } from "../../records/harbor-result.ts";
import type { JsonFile } from "./trial-inputs.ts";

/** @returns in words, to follow the file's name; null = it is, or there is none. */
export function resultFault(file: JsonFile, { outcome }: Pick<TrialRecord, "outcome">): string | null {
  if (file.state === "missing") return null;
  if (file.state === "bad") return `is damaged (it ${file.why.replace(/ \(.*/, "")})`;
  const found = readHarborResult(file.value);
  if ("problem" in found) return `is damaged (${found.problem})`;
  const written = outcome.kind === "scored" ? outcome.rewards : null;
  const verdict = isRecord(file.value) ? file.value["verifier_result"] : null;
  const said = isRecord(verdict) && isRecord(verdict["rewards"]) ? verdict["rewards"] : null;
  if (sameRewards(written, said)) return null;
  return `says ${rewardsText(said)}, and the run recorded ${rewardsText(written)}`;
}

type Rewards = Readonly<Record<string, unknown>> | null;

function sameRewards(a: Rewards, b: Rewards): boolean {
  if (a === null || b === null) return a === b;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key]);
}

function rewardsText(rewards: Rewards): string {
  if (rewards === null) return "no verdict";
  const parts = Object.entries(rewards).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return parts.length === 0 ? "no reward" : parts.join(", ");
}
