/** Who ran a trial, as its files tell: agent, version, model, and the configuration that makes one profile differ from another. */
import { isRecord } from "../../base/is-record.ts";
import { stableJson } from "../../base/stable-json.ts";
import type { AgentInfo } from "../../contract/trial-record.ts";
import type { Agent } from "../trial.ts";

export function agentOf(info: AgentInfo): Agent {
  const { model } = info;
  return {
    name: oneLine(info.name),
    version: versionOf(info.version),
    model: model === null ? null : oneLine(model.provider === null ? model.name : `${model.provider}/${model.name}`),
  };
}

// oxlint-disable-next-line no-control-regex -- terminal colours are made of control characters
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;
const LONGEST = 80;

/** What an agent printed when asked for its version: perhaps coloured, perhaps with a log around it. */
function versionOf(text: string): string {
  const lines = text
    .replace(COLOURS, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines.length <= 1) return oneLine(lines[0] ?? "unknown");
  const plain = lines.find((line) => /^(?:\S+ )?v?\d+(?:\.\d+)+\S*$/.test(line));
  return plain === undefined ? "unknown" : oneLine(plain);
}

function oneLine(text: string): string {
  const plain = text
    .replace(COLOURS, "")
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1)}…` : plain === "" ? "unknown" : plain;
}

/**
 * The agent's configuration as one text, equal for equal ones: defaults that one Harbor writes and another leaves out do not
 * matter (null, empty), nor does what two trials of one profile may differ in.
 */
export function configurationOf(config: unknown): string | null {
  const agent = isRecord(config) ? config["agent"] : null;
  return isRecord(agent) ? stableJson(withoutEmpty(agent)) : null;
}

function withoutEmpty(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, withoutEmpty(item)] as const)
    .filter(([key, item]) => key !== "n_concurrent" && key !== "concurrency_group" && !isEmpty(item));
  return Object.fromEntries(kept);
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}
