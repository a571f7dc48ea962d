/** `doctor`: each check one line, and below it what to do where something is to be done. */
import { EXIT, type ExitCode } from "../../contract/exit-codes.ts";
import { paintFor, type Style } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { pad, textWidth, wrap } from "../../terminal/text-width.ts";
import { textOf, type Look } from "./style.ts";

export interface Check {
  readonly name: string;
  /** `"warn"`: something is missing that not every run needs. */
  readonly ok: boolean | "warn";
  readonly detail: string;
  readonly todo?: string | undefined;
}

const MARKS = { true: ["ok", "green"], warn: ["warn", "yellow"], false: ["FAIL", "red"] } as const satisfies Record<
  string,
  readonly [string, Style]
>;

export function doctorText(checks: readonly Check[], look: Look): string {
  const paint = paintFor(look.color);
  const width = checks.reduce((widest, { name }) => Math.max(widest, textWidth(printable(name))), 0);
  return textOf(
    checks.flatMap(({ name, ok, detail, todo }) => {
      const [mark, style] = MARKS[`${ok}`];
      const start = 8 + width;
      const [first = "", ...rest] = wrap(printable(detail), look.columns - start);
      const todos = todo === undefined ? [] : wrap(printable(todo), look.columns - start - 3);
      return [
        `${paint(pad(mark, 4), style)}  ${pad(printable(name), width)}  ${first}`,
        ...rest.map((line) => `${" ".repeat(start)}${line}`),
        ...todos.map((line, at) => `${" ".repeat(start)}${at === 0 ? "→ " : "  "}${line}`),
      ];
    }),
  );
}

/** `{ "schema_version": 1, "ok", "checks": [ { "name", "ok": true | false | "warn", "detail", "todo" } ] }`. */
export function doctorJson(checks: readonly Check[]): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    ok: doctorExit(checks) === EXIT.ok,
    checks: checks.map(({ name, ok, detail, todo }) => ({ name, ok, detail, todo: todo ?? null })),
  };
}

export function doctorExit(checks: readonly Check[]): ExitCode {
  return checks.every(({ ok }) => ok !== false) ? EXIT.ok : EXIT.incomplete;
}
