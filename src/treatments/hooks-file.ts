/**
 * A profile's hooks: `{ "hooks": { Event: [ { "matcher", "hooks": [ { "type": "command", "command", "timeout" } ] } ] } }`, as Claude Code's
 * settings have them. The agent ignores what it does not understand, silently; here it is an error.
 */
import { z } from "zod";
import { nearest } from "../base/nearest.ts";
import { UserError } from "../contract/failure.ts";
import type { HookCommand } from "../contract/treatment.ts";
import { readJsonText } from "./json-text.ts";
import { problemsOf } from "./problems.ts";

/** Of Claude Code 2.1. */
const HOOK_EVENTS = [
  "PreToolUse",
  "PostToolUse",
  "PostToolUseFailure",
  "PostToolBatch",
  "PermissionRequest",
  "PermissionDenied",
  "Notification",
  "UserPromptSubmit",
  "SessionStart",
  "SessionEnd",
  "Stop",
  "StopFailure",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "PostCompact",
  "Setup",
  "TeammateIdle",
  "TaskCreated",
  "TaskCompleted",
  "ConfigChange",
  "CwdChanged",
  "FileChanged",
  "InstructionsLoaded",
  "WorktreeCreate",
  "WorktreeRemove",
  "Elicitation",
  "ElicitationResult",
] as const;

const command = z.strictObject({
  type: z.literal("command"),
  command: z.string().min(1),
  timeout: z.number().positive().optional(),
});
/** `*` is the agent's own word for everything; the rest is a regular expression, and one that is none matches nothing, silently. */
const matcher = z
  .string()
  .refine((text) => text === "*" || isPattern(text), { error: "no regular expression: it would match nothing" });
const group = z.strictObject({ matcher: matcher.optional(), hooks: z.array(command).min(1) });
const file = z.strictObject({
  $schema: z.string().optional(),
  description: z.string().optional(),
  hooks: z.record(z.string(), z.array(group).min(1)),
});

/** @throws UserError */
export async function readHooksFile(path: string): Promise<readonly HookCommand[]> {
  const read = file.safeParse(await readJsonText(path, "hooks file"));
  if (!read.success)
    throw new UserError(`${path}: these hooks cannot be used.`, [
      ...problemsOf(read.error),
      'Expected { "hooks": { "PostToolUse": [ { "matcher": "*", "hooks": [ { "type": "command", "command": "…" } ] } ] } }.',
    ]);
  const known: readonly string[] = HOOK_EVENTS;
  const unknown = Object.keys(read.data.hooks).filter((event) => !known.includes(event));
  if (unknown.length > 0)
    throw new UserError(
      `${path}: there is no such hook event.`,
      unknown.map((event) => {
        const near = nearest(event, known);
        return `hooks.${event}${near === null ? "" : `: did you mean "${near}"?`}`;
      }),
    );
  return Object.entries(read.data.hooks).flatMap(([event, groups]) =>
    groups.flatMap(({ matcher, hooks }) =>
      hooks.map(({ command: line, timeout }): HookCommand => ({
        event,
        matcher: matcher === undefined || matcher === "" || matcher === "*" ? null : matcher,
        command: line,
        timeoutSec: timeout ?? null,
      })),
    ),
  );
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}
