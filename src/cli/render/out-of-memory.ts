/** Trials with processes that were killed for want of memory: their outcome may be about that, whatever it says. */
import { plural } from "../../terminal/figures.ts";
import type { Paint } from "../../terminal/paint.ts";
import { trialText } from "../../views/event-text.ts";
import type { BatchView } from "../../views/batch-view.ts";

const MOST_SHOWN = 20;

export function outOfMemory(view: BatchView, paint: Paint): string[] {
  const hit = view.tasks.flatMap(({ cells }) => cells.flat()).filter(({ oomKills }) => (oomKills ?? 0) > 0);
  if (hit.length === 0) return [];
  const lines = hit
    .slice(0, MOST_SHOWN)
    .map(
      ({ id, oomKills, endedBy }) =>
        `  ${paint(trialText(id), "bold")}  ${plural(oomKills ?? 0, "process", "processes")} killed${endedBy === null || endedBy === "done" ? "" : `, ended by ${endedBy}`}`,
    );
  const more = hit.length - MOST_SHOWN;
  return [
    "",
    `${paint("out of memory", "bold")} (memory_mb in task.toml is the limit)`,
    ...lines,
    ...(more > 0 ? [`  … ${more} more (use --json)`] : []),
  ];
}
