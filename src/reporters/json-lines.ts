/**
 * `run --json`: every event as one JSON object on a line of its own, just as the journal has it (`at`, `seq`, `launch`,
 * `type`, …), and at the very end one line `{"type": "results", …}` in the shape of `results --json`.
 * Readers must pass over types they do not know. JSON escapes control characters by itself.
 */
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

export function jsonLine(value: unknown): string {
  // U+2028 and U+2029 are line ends for some readers of lines; DEL and C1 act on a terminal, and JSON leaves them as they are.
  const text = JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}
