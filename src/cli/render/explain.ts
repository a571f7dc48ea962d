/** `plan --explain`: every value with where it came from. */
import type { Origin } from "../../contract/experiment.ts";
import { grid } from "../../terminal/grid.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { originText } from "./plan.ts";
import { textOf, type Look } from "./style.ts";

export interface ExplainedValue {
  /** `run.attempts`, `profiles.text.model`, … */
  readonly key: string;
  /** As it would be written in the file; a secret must not be handed in. */
  readonly value: string;
  readonly origin: Origin;
}

export function explainText(values: readonly ExplainedValue[], look: Look): string {
  const heading = ["key", "value", "from"].map((text) => ({ text, style: "dim" as const }));
  const rows = values.map(({ key, value, origin }) => [
    printable(key),
    printable(value),
    { text: originText(origin), style: origin.kind === "default" ? ("dim" as const) : undefined },
  ]);
  return textOf(
    grid([{ min: 16 }, { min: 12 }, { min: 10 }], [heading, ...rows], {
      columns: look.columns,
      paint: paintFor(look.color),
    }),
  );
}
