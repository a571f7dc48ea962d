/** What `verify` prints: what drifted, inputs before results, else that nothing did. */
import type { Verified } from "../../app/verify.ts";
import { plural } from "../../terminal/figures.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { cut, type Look, textOf } from "./style.ts";

export function verifiedText({ name, inputs, results, notes, trials, tasks, profiles }: Verified, look: Look): string {
  const paint = paintFor(look.color);
  const lines = (drift: Verified["inputs"]): readonly string[] =>
    drift.flatMap(({ what, a, b }) =>
      wrap(`${printable(what)}: ${printable(a)} → ${printable(b)}`, look.columns - 2).map((line) => `  ${line}`),
    );
  const part = (title: string, drift: Verified["inputs"]): readonly string[] =>
    drift.length === 0 ? [] : [paint(title, "bold"), ...cut(lines(drift)), ""];
  const nothing = inputs.length + results.length === 0;
  return textOf([
    ...part("inputs: not what they were", inputs),
    ...part("results: not what was written", results),
    ...notes.flatMap((note) => wrap(printable(note), look.columns)),
    nothing
      ? `${printable(name)}: nothing has drifted (${plural(tasks, "task")}, ${plural(profiles, "profile")}, ${plural(trials, "trial")}).`
      : `${printable(name)}: ${plural(inputs.length + results.length, "difference")}.`,
  ]);
}
