/**
 * `agent/usage.json`, as a command agent may write it:
 * `{ "input_tokens"?, "cached_tokens"?, "output_tokens"?, "cost_usd"? }`, numbers ≥ 0; input includes cached.
 */
import { join } from "node:path";
import type { Usage } from "../../contract/trial-record.ts";
import { readUntrustedJson } from "../../host/untrusted-json.ts";

const KEYS = {
  input_tokens: "inputTokens",
  cached_tokens: "cachedTokens",
  output_tokens: "outputTokens",
  cost_usd: "costUsd",
} as const satisfies Record<string, keyof Usage>;

export async function readUsage(
  agentDir: string,
): Promise<{ readonly usage: Usage | null; readonly remarks: readonly string[] }> {
  const file = await readUntrustedJson(join(agentDir, "usage.json"), 1 << 20);
  if (file.kind === "missing") return { usage: null, remarks: [] };
  if (file.kind === "bad") return { usage: null, remarks: [`agent/usage.json ${file.why}; ignored`] };
  if (typeof file.value !== "object" || file.value === null || Array.isArray(file.value)) {
    return { usage: null, remarks: ["agent/usage.json is not an object; ignored"] };
  }
  const remarks: string[] = [];
  const usage: Record<keyof Usage, number | null> = {
    inputTokens: null,
    cachedTokens: null,
    outputTokens: null,
    costUsd: null,
  };
  for (const [key, value] of Object.entries(file.value)) {
    const name = Object.hasOwn(KEYS, key) ? KEYS[key as keyof typeof KEYS] : undefined;
    if (name === undefined)
      remarks.push(`agent/usage.json has an unknown key ${JSON.stringify(key).slice(0, 80)}; ignored`);
    else if (typeof value === "number" && Number.isFinite(value) && value >= 0) usage[name] = value;
    else if (value !== null) remarks.push(`agent/usage.json: ${key} is not a number ≥ 0; ignored`);
  }
  const known = Object.values(usage).some((value) => value !== null);
  return { usage: known ? usage : null, remarks: remarks.slice(0, 20) };
}
