/** For a pipe, a file or a dumb terminal: one plain line per change, with the time since the start and how far it is. */
import { clock } from "../terminal/figures.ts";
import { eventText } from "../views/event-text.ts";
import { doneInAll, initialProgress, reduceProgress, type KeptTrial } from "./progress-state.ts";
import type { Reporter } from "./reporter.ts";
import type { TextOutput } from "../terminal/terminal.ts";

export function linesReporter(output: TextOutput, kept: readonly KeptTrial[] = []): Reporter {
  let state = initialProgress(kept);
  return {
    onEvent(event) {
      state = reduceProgress(state, event);
      const text = eventText(event);
      if (text === null) return;
      const seconds = state.startedAt === null ? 0 : (Date.parse(event.at) - state.startedAt) / 1000;
      const far = event.type === "trial-ended" && state.total !== null ? `${doneInAll(state)}/${state.total}  ` : "";
      output.write(`${clock(seconds).padStart(6)}  ${far}${text}\n`);
    },
    close: async () => {},
  };
}
