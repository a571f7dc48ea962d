/** Questions over several trials: of one task side by side, and of everything. Profiles stand under labels here. */
import { narrativeSchema, paperSchema, synthesisSchema } from "./answers/schemas.ts";
import { type Blinding, mapStrings } from "./blinding.ts";
import type { Judged, JudgedTrial, ReadSteps } from "./judged-trial.ts";
import type {
  Condensed,
  FailureOpinion,
  McpOpinion,
  NarrativeOpinion,
  PaperOpinion,
  StrategyOpinion,
  SynthesisOpinion,
} from "./opinions.ts";
import { NARRATIVE } from "./prompts/narrative.ts";
import { PAPER } from "./prompts/paper.ts";
import { SYNTHESIS } from "./prompts/synthesis.ts";
import { type Question, question } from "./question.ts";
import { seededRandom } from "../statistics/random.ts";
import { recordLine, recordOf } from "./trial-questions.ts";

/** Characters of all trajectories of one task together. */
const TASK_BUDGET = 90_000;
/** Of the opinions that a synthesis is made of. */
const SYNTHESIS_BUDGET = 70_000;

export interface NarrativeQuestion {
  readonly condensed: Condensed;
  readonly question: Question<NarrativeOpinion>;
}

/**
 * @param trials of one task
 * @returns why there is none, where fewer than two profiles have a record
 */
export function narrativeQuestion(
  trials: readonly JudgedTrial[],
  blind: Blinding,
  readSteps: ReadSteps,
): NarrativeQuestion | { readonly none: string } {
  const records = blind.profiles.flatMap((profile) => {
    for (const trial of trials.filter((each) => each.profile === profile && each.success !== null)) {
      const record = recordOf(trial, readSteps);
      if (!("none" in record)) return [{ profile, trial, record }];
    }
    return [];
  });
  if (records.length < 2) return { none: "fewer than two profiles have a scored trial with a record" };
  const fitted = records.map((each) => ({ ...each, ...each.record.fit(TASK_BUDGET / records.length) }));
  const sections = fitted.map(({ profile, trial, text, facts }) => {
    const attempts = trials.filter((each) => each.profile === profile);
    return [
      `=== ${blind.labelOf(profile)}`,
      `all its attempts: ${attempts.map(attemptText).join("; ")}`,
      `the record is of attempt ${trial.attempt}`,
      recordLine(facts),
      "",
      text,
    ].join("\n");
  });
  const labels = records.map(({ profile }) => blind.labelOf(profile));
  return {
    condensed: together(fitted.map(({ facts }) => facts)),
    question: question({
      prompt: NARRATIVE,
      schema: narrativeSchema,
      material: [`task: ${JSON.stringify(records[0]?.trial.task)}`, "", ...sections].join("\n"),
      check: ({ runners }) => noRunner(runners, labels),
      expectedTokens: 600,
    }),
  };
}

function attemptText({ attempt, success, reward, costUsd, tokens, seconds }: JudgedTrial): string {
  const known = [
    success === null ? "not scored" : success ? "success" : "failure",
    ...(reward === null ? [] : [`reward ${reward}`]),
    ...(costUsd === null ? [] : [`$${costUsd.toFixed(4)}`]),
    ...(tokens === null ? [] : [`${tokens} tokens`]),
    ...(seconds === null ? [] : [`${Math.round(seconds)} s`]),
  ];
  return `attempt ${attempt}: ${known.join(", ")}`;
}

function together(all: readonly Condensed[]): Condensed {
  const sum = (field: "steps" | "shownSteps" | "characters" | "shownCharacters"): number =>
    all.reduce((total, facts) => total + facts[field], 0);
  const cuts = all.flatMap(({ cut }) => cut ?? []);
  return {
    steps: sum("steps"),
    shownSteps: sum("shownSteps"),
    characters: sum("characters"),
    shownCharacters: sum("shownCharacters"),
    cut: cuts.length === 0 ? null : cuts.join(" | "),
  };
}

/** What earlier answers say of one trial; in the words of their labels, which are never names. */
export interface TrialNotes {
  readonly trial: JudgedTrial;
  readonly strategy: StrategyOpinion | null;
  readonly failure: FailureOpinion | null;
  readonly mcp: McpOpinion | null;
}

export interface TaskNotes {
  readonly task: string;
  /** In the labels of the whole, not of the task. */
  readonly narrative: NarrativeOpinion;
}

export function synthesisQuestion(
  judged: Judged,
  trials: readonly TrialNotes[],
  tasks: readonly TaskNotes[],
  blind: Blinding,
  seed: number,
): Question<SynthesisOpinion> {
  const lines = trials.map((notes) => JSON.stringify(noteOf(notes, blind)));
  const kept = drawn(lines, SYNTHESIS_BUDGET * 0.7, seed);
  const compared = tasks.map(({ task, narrative }) =>
    JSON.stringify({ task, decisive_difference: narrative.decisive_difference, confidence: narrative.confidence }),
  );
  const keptTasks = drawn(compared, SYNTHESIS_BUDGET * 0.3, seed + 1);
  const labels = blind.profiles.map((profile) => blind.labelOf(profile));
  return question({
    prompt: SYNTHESIS,
    schema: synthesisSchema,
    material: [
      ...measured(judged, blind),
      "",
      `opinions on single attempts (${part(kept.length, lines.length)}):`,
      ...kept,
      "",
      `opinions on tasks (${part(keptTasks.length, compared.length)}):`,
      ...keptTasks,
    ].join("\n"),
    check: ({ runners }) => noRunner(runners, labels),
    expectedTokens: 1200,
  });
}

export interface PaperQuestion {
  readonly question: Question<PaperOpinion>;
  /** What the snippets' numbers have to be found in. */
  readonly material: string;
}

/** @param synthesis null = not known yet, for an estimate */
export function paperQuestion(judged: Judged, synthesis: SynthesisOpinion | null, blind: Blinding): PaperQuestion {
  const material = [...measured(judged, blind), "", "synthesis of opinions:", JSON.stringify(synthesis)].join("\n");
  return { material, question: question({ prompt: PAPER, schema: paperSchema, material, expectedTokens: 700 }) };
}

/** Figures of layer 1 under labels, in the order of the labels. */
function measured({ profiles, pairs }: Judged, blind: Blinding): readonly string[] {
  const known = blind.profiles.flatMap((key) => profiles.filter(({ profile }) => profile === key));
  return [
    "measured:",
    ...known.map(({ profile, trials, scored, succeeded, figures }) =>
      JSON.stringify({ runner: blind.labelOf(profile), trials, scored, succeeded, ...figures }),
    ),
    "verdicts:",
    ...(pairs.length === 0 ? ["none: nothing was compared"] : []),
    ...pairs.map(({ a, b, verdict, figures }) =>
      JSON.stringify({ runner: blind.labelOf(b), against: blind.labelOf(a), verdict, ...figures }),
    ),
  ];
}

function noteOf({ trial, strategy, failure, mcp }: TrialNotes, blind: Blinding): Readonly<Record<string, unknown>> {
  return {
    task: trial.task,
    runner: blind.labelOf(trial.profile),
    attempt: trial.attempt,
    success: trial.success,
    ...(strategy === null
      ? {}
      : { strategy: { approach: strategy.approach, quality: strategy.quality, summary: strategy.summary } }),
    ...(failure === null
      ? {}
      : {
          failure: {
            category: failure.category,
            root_cause: failure.root_cause,
            counterfactual: failure.counterfactual,
            confidence: failure.confidence,
          },
        }),
    ...(mcp === null
      ? {}
      : {
          mcp: mcp.servers.map(({ server, effect, quality }) => ({ server, effect, quality })),
          mcp_summary: mcp.summary,
        }),
  };
}

/** As many as fit, drawn at random where not all do; in their order. */
function drawn(lines: readonly string[], budget: number, seed: number): readonly string[] {
  const random = seededRandom(seed);
  const order = lines.map((line, at) => ({ at, line, place: random.next() })).toSorted((a, b) => a.place - b.place);
  let used = 0;
  const total = lines.reduce((sum, { length }) => sum + length + 1, 0);
  const kept = total <= budget ? order : order.filter(({ line }) => (used += line.length + 1) <= budget);
  return kept.toSorted((a, b) => a.at - b.at).map(({ line }) => line);
}

function part(kept: number, all: number): string {
  return kept === all ? `all ${all}` : `${kept} of ${all}, drawn at random`;
}

function noRunner(named: readonly { readonly runner: string }[], labels: readonly string[]): string | null {
  const strange = named.find(({ runner }) => !labels.includes(runner.trim().toLowerCase()));
  return strange === undefined ? null : `there is no ${JSON.stringify(strange.runner)}`;
}

/** Labels of one task in the words of the whole. */
export function relabelled(opinion: NarrativeOpinion, from: Blinding, to: Blinding): NarrativeOpinion {
  return mapStrings(opinion, (text) => from.relabel(text, to));
}
