/** Kinds of values that several tables have. */
import { z } from "zod";
import { NAME_PATTERN, NAME_RULE, nameFault } from "../names.ts";

/** Node's timers run at most 2^31 ms; a longer one would fire at once. */
export const LONGEST_SEC = 2_000_000;

/** Control characters have no place in names, paths and datasets. */
export function isPrintable(text: string): boolean {
  for (const character of text) if (character < " " || character === "\x7f") return false;
  return true;
}

/** No argument or variable of a process can hold a zero byte. */
function noZero(text: string): boolean {
  return !text.includes("\0");
}

// Patterns go into the JSON Schema, which editors read with engines of their own: no lookaheads, no \p.
const text = () => z.string().regex(/\S/).refine(isPrintable);
export const line = text();
export const path = text();
export const anyText = z.string().refine(noZero);
export const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

export const nameExpected = `a name of ${NAME_RULE}`;

/** A name that becomes a folder. The pattern is for editors, the check has the better words. */
export function folderName(): z.ZodString {
  return z
    .string()
    .max(100)
    .regex(NAME_PATTERN)
    .superRefine((name, context) => {
      const fault = nameFault(name);
      if (fault !== null) context.addIssue({ code: "custom", message: fault, params: { expected: fault } });
    });
}

export function noDuplicates(what: string) {
  return (list: readonly string[], context: z.RefinementCtx): void => {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      if (seen.has(item)) {
        context.addIssue({
          code: "custom",
          path: [index],
          message: "duplicate",
          params: { expected: `each ${what} once` },
        });
      }
      seen.add(item);
    }
  };
}

/** No part of an absolute path is empty, `.` or `..`. */
export function isPlainPath(inside: string): boolean {
  return inside
    .split("/")
    .slice(1)
    .every((part) => part !== "" && part !== "." && part !== "..");
}

export const seconds = (least: "zero" | "more") => (least === "zero" ? z.number().min(0) : z.number().gt(0)).max(LONGEST_SEC);
