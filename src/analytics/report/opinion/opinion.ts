/** Everything that a model said, in a part of the page of its own: no verdict rests on it, and it is to be seen that none does. */
import type { Opinions } from "../../../opinions/opinions.ts";
import { html, type Markup } from "../markup.ts";
import type { ReportTrial } from "../report-trial.ts";
import { wholeMark } from "./mark.ts";
import { narratives } from "./tasks.ts";
import { failures, mcpUse, opinionAnchor, pictures, strategies, type TrialIds } from "./trials.ts";
import { snippets, synthesis } from "./whole.ts";

export function opinionSection(opinions: Opinions, trials: readonly ReportTrial[]): Markup {
  const ids: TrialIds = new Map(trials.map(({ trial, id }) => [trial.path, id]));
  const known = {
    profiles: new Set(trials.map(({ seen }) => seen.profile)),
    tasks: new Set(trials.map(({ seen }) => seen.task)),
  };
  return html`${wholeMark(opinions)} ${synthesis(opinions, known)} ${failures(opinions, ids)} ${narratives(opinions)}
  ${strategies(opinions, ids)} ${mcpUse(opinions, ids)} ${pictures(opinions, ids)} ${snippets(opinions)}`;
}

/** Path of a trial → where the page has an opinion on it, the most telling first. */
export function opinionPlaces(opinions: Opinions, trials: readonly ReportTrial[]): ReadonlyMap<string, string> {
  const ids = new Map(trials.map(({ trial, id }) => [trial.path, id]));
  const kinds = [
    ["mcp", opinions.mcp],
    ["strategy", opinions.strategies],
    ["failure", opinions.failures],
  ] as const;
  return new Map(
    kinds.flatMap(([question, rows]) =>
      rows.flatMap(({ path, answer }) => {
        const id = ids.get(path);
        return answer.state !== "answered" || id === undefined ? [] : [[path, opinionAnchor(question, id)] as const];
      }),
    ),
  );
}
