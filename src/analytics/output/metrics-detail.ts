/** `metrics_detail.csv`: one line per trial. Units and definitions are in docs/metrics.md. */
import { endedByWord } from "../../contract/outcome.ts";
import { type Analysis, placeOf, whyNotScored } from "../analysis.ts";
import type { AnalyzedTrial } from "../profiles.ts";
import { csv, type CsvCell } from "./csv.ts";

export const IDENTITY: readonly (readonly [column: string, of: (trial: AnalyzedTrial) => CsvCell])[] = [
  ["profile", ({ id }) => id.profile],
  ["task", ({ id }) => id.task],
  ["attempt", ({ id }) => id.attempt],
  ["job", ({ job }) => job],
  ["trial", ({ facts }) => facts.trialName],
  ["path", ({ path }) => path],
  ["agent", ({ facts }) => facts.agent.name],
  ["agent_version", ({ facts }) => facts.agent.version],
  ["model", ({ facts }) => facts.agent.model],
  ["started_at", ({ facts }) => facts.startedAt],
  ["outcome", ({ facts }) => facts.outcome.kind],
  ["not_scored", whyNotScored],
  ["ended_by", ({ facts }) => (facts.outcome.kind === "scored" ? endedByWord(facts.outcome.endedBy) : null)],
];

export function metricsDetailCsv({ trials, metrics }: Pick<Analysis, "trials" | "metrics">): string {
  const names = metrics.map(({ name }) => name);
  const places = names.map(placeOf);
  const header = [...IDENTITY.map(([column]) => column), ...names, "not_computed", "remarks"];
  const rows = trials.map((trial) => [
    ...IDENTITY.map(([, of]) => of(trial)),
    ...places.map((place) => numberAt(trial, place)),
    reasonsText(trial, names, places),
    trial.facts.remarks.join("; "),
  ]);
  return csv(header, rows);
}

function numberAt({ values }: AnalyzedTrial, place: number): number | null {
  const value = values[place];
  return typeof value === "number" ? value : null;
}

/** `reason: metric metric …; reason: …`. */
function reasonsText({ values }: AnalyzedTrial, names: readonly string[], places: readonly number[]): string {
  const byReason = new Map<string, string>();
  for (const [at, place] of places.entries()) {
    const value = values[place];
    if (value === undefined || typeof value === "number") continue;
    const metrics = byReason.get(value.notComputed);
    byReason.set(value.notComputed, metrics === undefined ? (names[at] ?? "") : `${metrics} ${names[at]}`);
  }
  return [...byReason].map(([reason, metrics]) => `${reason}: ${metrics}`).join("; ");
}
