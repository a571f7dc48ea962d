/**
 * A step of a trajectory → what its agent did, so that the same act of two runs is the same text: ids and descriptions left out, paths
 * and shell commands tidied, letters that are drawn at random (UUIDs, long hexadecimal) put aside.
 */
import { createHash } from "node:crypto";
import { isRecord } from "../../base/is-record.ts";
import { stableJson } from "../../base/stable-json.ts";
import { normalPath } from "../trajectory/act.ts";
import { actsOf } from "../trajectory/acts.ts";
import { type StepFact, stepFact } from "../trajectory/step-fact.ts";
import { programOf, tidyShell } from "./shell-text.ts";

export interface Action {
  /** Of its trajectory, from 1. */
  readonly step: number;
  /** Equal = the same action. */
  readonly key: string;
  /** Equal = the same tool on the same thing: the file, or the program that is run. */
  readonly near: string;
  /** One line, not long. */
  readonly shown: string;
  /** Of the line before it was shortened. */
  readonly letters: number;
  readonly failed: boolean | null;
}

/** A step as a difference takes it. */
export interface ReadStep {
  readonly fact: StepFact;
  readonly actions: readonly Action[];
  /** Milliseconds since 1970; null = it does not say. */
  readonly at: number | null;
}

const SHOWN = 160;
const LONGEST_KEY = 200;
/** What says nothing of what is done. */
const ASIDE = new Set(["description", "explanation", "timeout", "timeout_ms", "timeoutMs", "run_in_background"]);

/** @param number of the step, from 1 */
export function readStep(step: unknown, number: number): ReadStep {
  const fact = stepFact(step);
  const calls = isRecord(step) && Array.isArray(step["tool_calls"]) ? step["tool_calls"].filter(isRecord) : [];
  const actions = calls.map((call, at): Action => {
    const tool = typeof call["function_name"] === "string" ? call["function_name"] : "";
    return { step: number, ...normalised(tool, call["arguments"]), failed: fact.calls[at]?.failed ?? null };
  });
  const at = isRecord(step) && typeof step["timestamp"] === "string" ? Date.parse(step["timestamp"]) : NaN;
  return { fact, actions, at: Number.isFinite(at) ? at : null };
}

function normalised(tool: string, args: unknown): Pick<Action, "key" | "near" | "shown" | "letters"> {
  const command = commandIn(args);
  if (command !== null) {
    const tidy = withoutChance(tidyShell(command));
    return { key: short(`$ ${tidy}`), near: `$ ${programOf(tidy)}`, ...line(`$ ${tidy}`) };
  }
  const name = tool.toLowerCase();
  const tidy = withoutChance(stableJson(tidied(args)));
  const path = actsOf(tool, args).find((act) => act.path !== null)?.path ?? null;
  return {
    key: short(`${name} ${tidy}`),
    near: `${name} ${path ?? ""}`,
    ...line(path === null ? `${name} ${tidy}` : `${name} ${path} ${tidy}`),
  };
}

/** The text of a call that runs a shell command, whatever the tool is called; null = it is another kind of call. */
function commandIn(args: unknown): string | null {
  if (!isRecord(args)) return null;
  // An editor with one tool for everything names the act beside the path.
  if (["path", "file_path"].some((key) => typeof args[key] === "string")) return null;
  for (const key of ["command", "cmd", "script", "keystrokes"]) {
    const value = args[key];
    if (typeof value === "string") return value;
    if (!Array.isArray(value) || !value.every((part) => typeof part === "string")) continue;
    const [program = "", flag = "", ...rest] = value;
    const shell = /(^|\/)(ba|z|da)?sh$/.test(program) && flag.startsWith("-") && rest.length > 0;
    return shell
      ? rest.join(" ")
      : value.map((part) => (/[\s"'\\]/.test(part) ? JSON.stringify(part) : part)).join(" ");
  }
  return null;
}

/** Arguments that do something nest a few levels; an overflow of the stack would cost everybody's report. */
const DEEPEST = 100;

function tidied(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return "<deeper>";
  if (typeof value === "string") {
    const plain = value.trim();
    return plain.includes("/") && !/\s/.test(plain) && !plain.includes("://") ? normalPath(plain) : plain;
  }
  if (Array.isArray(value)) return value.map((each) => tidied(each, depth + 1));
  if (!isRecord(value)) return value ?? null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, field]) =>
      ASIDE.has(key) || field === null ? [] : [[key, tidied(field, depth + 1)]],
    ),
  );
}

function withoutChance(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>")
    .replaceAll(/\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}\b/gi, "<hex>")
    .replaceAll(/\/tmp\/tmp[._]?[A-Za-z0-9_]{6,}/g, "/tmp/<tmp>");
}

/** A file that is written is in its call: thousands of them would fill the memory. */
function short(text: string): string {
  if (text.length <= LONGEST_KEY) return text;
  return `${text.slice(0, 80)}#${createHash("sha256").update(text).digest("hex")}`;
}

function line(text: string): Pick<Action, "shown" | "letters"> {
  return { shown: text.length > SHOWN ? `${text.slice(0, SHOWN - 1)}…` : text, letters: text.length };
}
