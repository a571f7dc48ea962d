/** Takes secrets out of an error that somebody is going to see: its message, its stack, what a UserError adds, and all of its causes. */
import { UserError } from "../contract/failure.ts";
import type { Redactor } from "./redact.ts";

/** @returns the same error where nothing was found, so that who made it still knows it; else one that looks like it. */
export function redactError(error: unknown, redactor: Redactor): unknown {
  return redactor.active ? redacted(error, (text) => redactor.redactText(text), 0) : error;
}

/** Of causes that go round in a circle. */
const DEEPEST = 20;

function redacted(error: unknown, redact: (text: string) => string, depth: number): unknown {
  if (typeof error === "string") return redact(error);
  if (!(error instanceof Error) || depth > DEEPEST) return error;
  const cause = error.cause === undefined ? undefined : redacted(error.cause, redact, depth + 1);
  const details = error as NodeJS.ErrnoException;
  const lines = error instanceof UserError ? error.lines : [];
  const texts = [error.message, error.stack ?? "", details.path ?? "", ...lines];
  if (cause === error.cause && texts.every((text) => redact(text) === text)) return error;
  const options = cause === undefined ? {} : { cause };
  const clean =
    error instanceof UserError
      ? new UserError(redact(error.message), lines.map(redact), options)
      : Object.assign(new Error(redact(error.message), options), { name: error.name });
  if (details.code !== undefined) Object.assign(clean, { code: details.code, syscall: details.syscall });
  if (details.path !== undefined) Object.assign(clean, { path: redact(details.path) });
  if (error.stack !== undefined) clean.stack = redact(error.stack);
  return clean;
}
