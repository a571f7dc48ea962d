/**
 * `report.html`, and every figure of it as `figures/<id>.svg` and `.csv`. Made from the same values as the other outputs: it reads
 * names of files in the trials' directories, to link what is there, and the trajectories of the few pairs that it shows step by step;
 * otherwise it computes nothing of its own but layout.
 *
 * The same analysis gives the same bytes: no date, no absolute path, nothing drawn at random.
 */
import { basename, dirname, join, relative, sep } from "node:path";
import type { Opinions } from "../../opinions/opinions.ts";
import type { Analysis } from "../analysis.ts";
import type { Explored } from "../comparison/explore.ts";
import type { Comparison } from "../comparison/comparison.ts";
import { type ProfileFigures, profileFigures, trialsOf } from "../comparison/profile-figures.ts";
import type { Figure } from "./figure.ts";
import { figureCsv, standaloneSvg } from "./figure.ts";
import { costSuccessFigure } from "./figures/cost-success.ts";
import { differencesFigure } from "./figures/differences.ts";
import { distributionFigure } from "./figures/distribution.ts";
import { heatMapFigure } from "./figures/heat-map.ts";
import { COST, TIME, TOKENS } from "./figures/measure.ts";
import { successFigure } from "./figures/success.ts";
import { toolUseFigure } from "./figures/tool-use.ts";
import { pageHtml, type Section } from "./page.ts";
import { type Content, html } from "./markup.ts";
import { opinionPlaces, opinionSection } from "./opinion/opinion.ts";
import { chooseContrasts } from "./parting/choose.ts";
import { partedTasks, partingKey, partingPlaces, type Partings, partingsByPair, readPartings } from "./parting/read.ts";
import { partingSection } from "./parting/section.ts";
import { batchOf } from "./read-root.ts";
import { type ReportTrial, reportTrials } from "./report-trial.ts";
import { answer } from "./sections/answer.ts";
import { asAssigned } from "./sections/as-assigned.ts";
import { figureBlock } from "./sections/figure-block.ts";
import { notes } from "./sections/notes.ts";
import { otherMetrics } from "./sections/other-metrics.ts";
import { allPairDetails } from "./sections/pair-details.ts";
import { leftOutList, notScored, successBounds, treatmentProblems } from "./sections/problems.ts";
import { profileTable } from "./sections/profiles.ts";
import { treatmentSeen } from "./sections/treatment.ts";
import { trialFilters, trialTable } from "./sections/trial-table.ts";
import { plural } from "./shown-numbers.ts";
import { treatmentFigures } from "./treatment-figures.ts";
import { trialFiles } from "./trial-files.ts";

export interface ReportInput {
  readonly analysis: Analysis;
  /** Null = one profile, or trials chosen by how they came out. */
  readonly comparison: Comparison | null;
  readonly exploratory: readonly Explored[];
  /** Null = no model was asked. */
  readonly opinions: Opinions | null;
  /** Only successes or only failures: rates would say nothing. */
  readonly chosenByOutcome: boolean;
  readonly seed: number;
  /** Where the report goes; links are relative to it. */
  readonly dir: string;
  /** From where `analyze` was run to what was read; null = it leads out of there. */
  readonly from: string | null;
  /** The other outputs there. */
  readonly beside: readonly string[];
}

/** @returns path below the output folder → content */
export function reportFiles(input: ReportInput): Readonly<Record<string, string>> {
  const { analysis, dir } = input;
  const trials = reportTrials(analysis, ({ path, facts: { outcome } }) =>
    trialFiles(join(analysis.root, path), outcome.kind === "scored" ? [] : outcome.failure.evidence),
  );
  const linkBase = relative(dir, analysis.root).split(sep).join("/");
  const { comparison } = input;
  const partings = comparison === null ? null : readPartings(chooseContrasts(comparison.pairs, trials), analysis.root);
  const figures = figuresOf(input, trials, partings);
  const page = pageHtml({
    title: titleOf(analysis.root),
    about: aboutOf(analysis),
    sections: sectionsOf(input, { trials, linkBase, figures, partings }),
  });
  return {
    "report.html": page,
    ...Object.fromEntries(
      Object.values(figures).flatMap((figure) => [
        [`figures/${figure.id}.svg`, standaloneSvg(figure)],
        [`figures/${figure.id}.csv`, figureCsv(figure)],
      ]),
    ),
  };
}

type Figures = Readonly<
  Record<"success" | "differences" | "heatMap" | "costSuccess" | "cost" | "tokens" | "time" | "toolUse", Figure>
>;

function figuresOf(input: ReportInput, trials: readonly ReportTrial[], partings: Partings | null): Figures {
  const { analysis, comparison } = input;
  const rated = ratedProfiles(input, trials);
  return {
    success: successFigure(rated),
    differences: differencesFigure(comparison?.pairs ?? [], whyNoPairs(input)),
    heatMap: heatMapFigure(
      trials,
      analysis.profiles,
      partings === null ? NOWHERE : partedTasks(partings),
      analysis.lost.observations,
    ),
    costSuccess: costSuccessFigure(rated, trials),
    cost: distributionFigure(COST, trials, analysis.profiles),
    tokens: distributionFigure(TOKENS, trials, analysis.profiles),
    time: distributionFigure(TIME, trials, analysis.profiles),
    toolUse: toolUseFigure(trials, analysis.profiles),
  };
}

/** None where trials were chosen by how they came out. */
function ratedProfiles(
  { analysis, comparison, chosenByOutcome, seed }: ReportInput,
  trials: readonly ReportTrial[],
): readonly ProfileFigures[] {
  if (chosenByOutcome) return [];
  if (comparison !== null) return comparison.profiles;
  const counted = trials.filter((trial) => trial.counted).map(({ seen }) => seen);
  const all = [...counted, ...analysis.lost.observations];
  return analysis.profiles.map((profile) => profileFigures(trialsOf(profile, all), seed));
}

function whyNoPairs({ chosenByOutcome }: ReportInput): string {
  return chosenByOutcome
    ? "Only trials that came out one way were chosen: they say nothing about how profiles come out."
    : "One profile: there is nothing to compare.";
}

interface Parts {
  readonly trials: readonly ReportTrial[];
  /** From the report to what was read. */
  readonly linkBase: string;
  readonly figures: Figures;
  /** Null = there is nothing to compare. */
  readonly partings: Partings | null;
}

function sectionsOf(input: ReportInput, { trials, linkBase, figures, partings }: Parts): readonly Section[] {
  const { analysis, comparison, opinions } = input;
  const rated = ratedProfiles(input, trials);
  const pairs = comparison?.pairs ?? [];
  const section = (id: string, title: string, short: string, ...content: readonly Content[]): Section => ({
    id,
    title,
    short,
    content: html`${content}`,
  });
  const { success, differences, heatMap, costSuccess, cost, tokens, time, toolUse } = figures;
  const first = comparison === null ? html`<p class="lead">${whyNoPairs(input)}</p>` : answer(comparison);
  const parted =
    partings === null
      ? html`<p class="empty">${whyNoPairs(input)}</p>`
      : partingSection(partings, { root: analysis.root, from: input.from });
  const places = {
    opinion: opinions === null ? NOWHERE : opinionPlaces(opinions, trials),
    parting: partings === null ? NOWHERE : partingPlaces(partings),
  };
  const byPair = partings === null ? NOWHERE : partingsByPair(partings);
  const filters = trialFilters(analysis.profiles, analysis.tasks, trials.length);
  return [
    section("answer", "Answer", "Answer", first),
    section("profiles", "Profiles", "Profiles", profileTable(rated), figureBlock(success)),
    section(
      "comparisons",
      "Comparisons",
      "Comparisons",
      figureBlock(differences),
      allPairDetails(pairs, (pair, task) => byPair.get(partingKey(pair, task))),
    ),
    section("tasks", "Tasks", "Tasks", figureBlock(heatMap)),
    section("parted", "Where they parted", "Parted", parted),
    section("cost", "Cost and time", "Cost", ...[costSuccess, cost, tokens, time].map(figureBlock)),
    section("tools", "Tools", "Tools", figureBlock(toolUse)),
    section("metrics", "Other metrics", "Metrics", otherMetrics(input.exploratory)),
    section(
      "treatment",
      "Treatment",
      "Treatment",
      treatmentSeen(treatmentFigures(trials, analysis.profiles)),
      treatmentProblems(trials, linkBase),
      asAssigned(comparison),
    ),
    section("not-scored", "Not scored", "Not scored", notScored(trials, linkBase), successBounds(rated)),
    section("left-out", "Left out", "Left out", leftOutList(analysis.leftOut, analysis.lost)),
    // After everything that was measured.
    ...(opinions === null
      ? []
      : [section("opinion", "What a model thinks", "Opinion", opinionSection(opinions, trials))]),
    section("notes", "Notes and files", "Notes", notes(analysis, comparison, input.beside)),
    // Last, since it is the longest by far.
    section("trials", "All trials", "All trials", filters, trialTable(trials, linkBase, places)),
  ];
}

const NOWHERE: ReadonlyMap<string, string> = new Map();

/** `<slug>, batch <n>` of a batch's runs/, else the name of what was read. */
function titleOf(root: string): string {
  const batch = batchOf(root);
  if (batch !== null) return `${batch.slug}, batch ${batch.batch}`;
  return basename(root) === "runs" ? basename(dirname(root)) : basename(root);
}

/** The days are those of the trials, never of the report. */
function aboutOf({ trials, tasks, profiles, read, leftOut }: Analysis): string {
  const days = trials.flatMap(({ facts }) => /^\d{4}-\d\d-\d\d/.exec(facts.startedAt)?.[0] ?? []).sort();
  const [first, last] = [days[0], days.at(-1)];
  const when = first === undefined ? [] : [first === last ? first : `${first} to ${last}`];
  return [
    plural(trials.length, "trial"),
    plural(tasks.length, "task"),
    plural(profiles.length, "profile"),
    ...(read > trials.length ? [`${read - trials.length} filtered out`] : []),
    ...(leftOut.length > 0 ? [`${leftOut.length} left out`] : []),
    ...when,
  ].join(" · ");
}
