/** Per profile: how its trials ended, and every metric with its n. Plain counts and means: intervals are statistics' business. */
import { endedByWord } from "../contract/outcome.ts";
import { type Analysis, placeOf, valueOf, whyNotScored } from "./analysis.ts";
import type { AnalyzedTrial } from "./profiles.ts";

export interface MetricSummary {
  readonly name: string;
  readonly unit: string;
  /** Trials with a number; the rest is in `notComputed`, by reason. */
  readonly n: number;
  readonly mean: number | null;
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly sum: number | null;
  readonly notComputed: Readonly<Record<string, number>>;
}

export interface ToolSummary {
  readonly tool: string;
  readonly server: string | null;
  readonly calls: number;
  readonly errors: number;
  /** Trials that called it. */
  readonly trials: number;
}

export interface ProfileSummary {
  readonly profile: string;
  readonly trials: number;
  readonly tasks: number;
  readonly scored: number;
  readonly succeeded: number;
  /** Scored, but the verifier's rewards do not tell which one counts. */
  readonly rewardUnknown: number;
  readonly endedBy: Readonly<Record<string, number>>;
  /** `infrastructure(…)`, … */
  readonly notScored: Readonly<Record<string, number>>;
  readonly agents: readonly string[];
  readonly models: readonly string[];
  readonly metrics: readonly MetricSummary[];
  readonly tools: readonly ToolSummary[];
  readonly servers: readonly ToolSummary[];
}

export function summaries(analysis: Analysis): readonly ProfileSummary[] {
  return analysis.profiles.map((profile) => {
    const trials = analysis.trials.filter(({ id }) => id.profile === profile);
    return summaryOf(profile, trials, analysis);
  });
}

function summaryOf(profile: string, trials: readonly AnalyzedTrial[], { metrics }: Analysis): ProfileSummary {
  const endedBy: Record<string, number> = {};
  const notScored: Record<string, number> = {};
  for (const trial of trials) {
    const { outcome } = trial.facts;
    const why = whyNotScored(trial);
    if (why !== null) count(notScored, why);
    else if (outcome.kind === "scored") count(endedBy, endedByWord(outcome.endedBy));
  }
  const scored = trials.filter(({ facts }) => facts.outcome.kind === "scored");
  const success = scored.map((trial) => valueOf(trial, "success"));
  return {
    profile,
    trials: trials.length,
    tasks: new Set(trials.map(({ id }) => id.task)).size,
    scored: scored.length,
    succeeded: success.filter((value) => value === 1).length,
    rewardUnknown: success.filter((value) => value === null).length,
    endedBy,
    notScored,
    agents: distinct(trials.map(({ facts }) => `${facts.agent.name} ${facts.agent.version}`)),
    models: distinct(trials.flatMap(({ facts }) => facts.agent.model ?? [])),
    metrics: metrics.map(({ name, unit }) => metricSummary(name, unit, trials)),
    tools: toolSummaries(trials, ({ tool }) => tool),
    servers: toolSummaries(trials, ({ server }) => server),
  };
}

function metricSummary(name: string, unit: string, trials: readonly AnalyzedTrial[]): MetricSummary {
  const place = placeOf(name);
  const notComputed: Record<string, number> = {};
  const found = new Float64Array(trials.length);
  let n = 0;
  for (const { values } of trials) {
    const value = values[place];
    if (typeof value === "number") found[n++] = value;
    else if (value !== undefined) count(notComputed, value.notComputed);
  }
  const numbers = found.subarray(0, n).sort();
  // In ascending order, so that the order of the trials changes no digit.
  const sum = n === 0 ? null : numbers.reduce((total, value) => total + value, 0);
  return {
    name,
    unit,
    n,
    mean: sum === null ? null : sum / n,
    median: n === 0 ? null : ((numbers[Math.ceil(n / 2) - 1] ?? 0) + (numbers[Math.floor(n / 2)] ?? 0)) / 2,
    min: numbers[0] ?? null,
    max: numbers.at(-1) ?? null,
    sum,
    notComputed,
  };
}

function toolSummaries(
  trials: readonly AnalyzedTrial[],
  group: (use: AnalyzedTrial["tools"][number]) => string | null,
): ToolSummary[] {
  const found = new Map<
    string,
    { tool: string; server: string | null; calls: number; errors: number; trials: number }
  >();
  for (const { tools } of trials) {
    // A server has several tools, and a trial counts once for it.
    const here = new Set<string>();
    for (const use of tools) {
      const key = group(use);
      if (key === null) continue;
      const so = found.get(key) ?? { tool: key, server: use.server, calls: 0, errors: 0, trials: 0 };
      found.set(key, so);
      so.calls += use.calls;
      so.errors += use.errors;
      if (!here.has(key)) so.trials += 1;
      here.add(key);
    }
  }
  return [...found.values()].sort((a, b) => b.calls - a.calls || (a.tool < b.tool ? -1 : 1));
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
