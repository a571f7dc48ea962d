/**
 * `run --json`: every event as one JSON object on a line of its own, just as the journal has it (`at`, `seq`, `launch`,
 * `type`, …), and at the very end one line `{"type": "results", …}` in the shape of `results --json`.
 * Readers must pass over types they do not know. JSON escapes control characters by itself.
 */
import { jsonLine } from "../terminal/json-line.ts";
import type { Reporter } from "./reporter.ts";
import type { TextOutput } from "../terminal/terminal.ts";

export function jsonLinesReporter(output: TextOutput): Reporter {
  return {
    onEvent(event) {
      output.write(jsonLine(event));
    },
    close: async () => {},
  };
}
