/**
 * Harbor's trial_name: `<task[:32]>__<7 characters>`, from Harbor's alphabet (no 0, 1, I, O, l).
 *
 * Ours are derived from the cell instead of drawn, so a trial has the same name in every launch of its batch. They are unique
 * over the whole batch, since artifacts of all profiles lie side by side.
 */
import { createHash } from "node:crypto";
import type { TrialId } from "../contract/plan.ts";

const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const SUFFIX_LENGTH = 7;
const TASK_LENGTH = 32;

/** @param taken names in use; the new one is added. */
export function trialName(slug: string, id: TrialId, taken: Set<string>): string {
  const prefix = id.task.slice(0, TASK_LENGTH).replace(/[_-]+$/, "");
  for (let salt = 0; ; salt++) {
    const hash = createHash("sha256").update([slug, id.task, id.profile, id.attempt, salt].join("\0")).digest();
    let suffix = "";
    for (let at = 0; at < SUFFIX_LENGTH; at++) {
      suffix += ALPHABET[hash.readUInt16BE(at * 2) % ALPHABET.length];
    }
    const name = `${prefix}__${suffix}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}
