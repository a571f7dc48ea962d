/** `regatta analyze`: reads a batch or any Harbor jobs, computes every trial's metrics, and writes them down. */
import { jsonText } from "../base/inert.ts";
import { mkdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { allObservationsOf, type Analysis, analysisOf, type Filters } from "../analytics/analysis.ts";
import {
  compare as compareProfiles,
  type Comparison,
  type ComparisonOptions,
} from "../analytics/comparison/comparison.ts";
import { type Compared, keepComparison, keptComparison, keyOf } from "../analytics/comparison/kept-comparison.ts";
import { ANALYTICS_VERSION, COMPARISON_VERSION } from "../analytics/version.ts";
import { explore } from "../analytics/comparison/explore.ts";
import { dataNotes } from "../analytics/data-notes.ts";
import { harborFigures, type HarborJob } from "../analytics/harbor-figures.ts";
import { aggregateMetrics } from "../analytics/output/aggregate-metrics.ts";
import { comparisonReport } from "../analytics/output/comparison-report.ts";
import { comparisonsJson } from "../analytics/output/comparisons-json.ts";
import { metricsDetailCsv } from "../analytics/output/metrics-detail.ts";
import { metricsColumns, metricsRows } from "../analytics/output/metrics-rows.ts";
import { metricsSummaryCsv } from "../analytics/output/metrics-summary.ts";
import type { ReportInput } from "../analytics/report/report.ts";
import { type KeepReport, writeReport } from "../analytics/report/write-report.ts";
import { lostSentences } from "../analytics/lost-trials.ts";
import { BY, type By } from "../analytics/profiles.ts";
import { readRuns, type RunsRead } from "../analytics/reading/read-runs.ts";
import { type ProfileSummary, summaries } from "../analytics/summary.ts";
import type { AnalysisSettings } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import { writeParquet } from "../host/duckdb.ts";
import { writeFileAtomic, writeJsonAtomic } from "../host/files.ts";
import { plural } from "../terminal/figures.ts";
import { keptOpinions, opinionFilesIn, type OpinionsPlace } from "./kept-opinions.ts";
import { plannedIn, type RunsAsked, type RunsPlace, runsPlace } from "./runs-place.ts";

export type { HarborJob } from "../analytics/harbor-figures.ts";
export { type Analysis, valueOf, whyNotScored } from "../analytics/analysis.ts";
export { lostSentences } from "../analytics/lost-trials.ts";
export type { AnalyzedTrial } from "../analytics/profiles.ts";
export type { ProfileSummary } from "../analytics/summary.ts";
export type { Comparison } from "../analytics/comparison/comparison.ts";
export { answerLines, points, range } from "../analytics/comparison/answer.ts";
export { isComputed } from "../statistics/computed.ts";

export interface AnalyzeRequest extends RunsAsked {
  readonly by: string | undefined;
  readonly filters: Filters;
  /** Two profiles to compare; null = the family. */
  readonly compare: readonly string[] | null;
  /** Compared with all others; undefined = all pairs. */
  readonly control: string | undefined;
  readonly seed: number | undefined;
  /** In place of what `[analysis]` says, or of the defaults. */
  readonly rule: Readonly<Partial<Omit<AnalysisSettings, "control">>>;
  readonly asHarbor: boolean;
  readonly verifyCache: boolean;
  /** Null = the batch's analytics/, and nothing at all for `runs`. */
  readonly output: string | undefined;
  /** Beside CSV and JSON. */
  readonly format: string | undefined;
  /** Nothing is written. */
  readonly readOnly: boolean;
  /** The report shows what a model said earlier of exactly this analysis. */
  readonly showKept: boolean;
}

export interface Analyzed {
  readonly analysis: Analysis;
  readonly profiles: readonly ProfileSummary[];
  readonly harbor: readonly HarborJob[] | null;
  /** Null = there is nothing to compare, or only trials chosen by how they came out. */
  readonly comparison: Comparison | null;
  /** `aggregate_metrics.json`. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Absolute; null when nothing was written. */
  readonly written: { readonly dir: string; readonly files: readonly string[] } | null;
  /** Where more of the same analysis goes, read-only or not; absolute. */
  readonly place: {
    /** Null = nothing is written for others. */
    readonly output: string | null;
    /** For what is kept to save time or money. */
    readonly kept: string;
    /** For opinions on exactly this analysis; null = they are kept nowhere. */
    readonly opinions: OpinionsPlace | null;
  };
  /** As it was made: it is made again when a model was asked. Null = there is none. */
  readonly report: { readonly input: ReportInput; readonly keep: KeepReport | null } | null;
}

export async function analyze(request: AnalyzeRequest): Promise<Analyzed> {
  demandRule(request.rule);
  if (request.format !== undefined && !FORMATS.includes(request.format))
    throw new UserError(`--format ${request.format}: there is no such format.`, [
      `Expected one of ${FORMATS.join(", ")}.`,
    ]);
  const place = await runsPlace(request);
  const settings = { ...place.settings, ...request.rule };
  const rule = { key: settings.rewardKey, successAt: settings.successAt };
  const read = await readRuns(place.runs, { cacheFile: place.cacheFile, verifyCache: request.verifyCache, rule });
  const analysis = analysisOf(read, asBy(request.by), request.filters, plannedIn(place));
  const profiles = summaries(analysis);
  const harbor = request.asHarbor ? harborFigures(read.jobs) : null;
  const asked = comparisonAsked(request, analysis, settings);
  const { comparison, exploratory } =
    asked === null ? NOTHING_COMPARED : await comparedOnce(asked, request, place, read, analysis);
  const compared = comparison === null ? null : comparisonsJson(comparison, exploratory);
  const json = {
    ...aggregateMetrics(analysis, profiles, harbor),
    ...(compared === null ? {} : { comparisons: compared }),
  };
  const output = request.output === undefined ? place.output : resolve(request.cwd, request.output);
  const { by, filters } = request;
  const key = [
    ANALYTICS_VERSION,
    COMPARISON_VERSION,
    read.digest,
    asked,
    rule,
    by,
    filters,
    place.order,
    analysis.lost,
  ];
  const opinions = read.digest === null ? null : { file: keptFile(place, "opinions"), key: keyOf(read.digest, key) };
  const found = {
    analysis,
    profiles,
    harbor,
    comparison,
    json,
    place: { output, kept: dirname(place.cacheFile), opinions },
  };
  const dir = request.readOnly ? null : output;
  if (dir === null) return { ...found, written: null, report: null };
  const files: Readonly<Record<string, string>> = {
    "metrics_detail.csv": metricsDetailCsv(analysis),
    "metrics_summary.csv": metricsSummaryCsv(profiles),
    ...(comparison === null
      ? {}
      : {
          "comparisons.json": jsonText(compared),
          "comparison_report.md": comparisonReport(
            comparison,
            exploratory,
            `Comparison of ${plural(analysis.profiles.length, "profile")}`,
            [...lostSentences(analysis.lost), ...dataNotes(analysis, comparison)],
          ),
        }),
  };
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(dir, name), text);
  await writeJsonAtomic(join(dir, "aggregate_metrics.json"), json);
  const parquet = request.format === "parquet" ? ["metrics_detail.parquet"] : [];
  for (const name of parquet) await writeParquet(metricsRows(analysis), metricsColumns(analysis), join(dir, name));
  const beside = [...Object.keys(files), "aggregate_metrics.json", ...parquet];
  const said = opinions === null || !request.showKept ? null : await keptOpinions(opinions);
  const input: ReportInput = {
    analysis,
    comparison,
    exploratory,
    opinions: said,
    chosenByOutcome: request.filters.only !== null,
    seed: request.seed ?? SEED,
    dir,
    from: below(request.cwd, analysis.root),
    beside: [...beside, ...(said === null ? [] : opinionFilesIn(dir))],
  };
  const keep = read.digest === null ? null : { file: keptFile(place, "report"), of: [...key, input.seed] };
  await writeReport(input, keep);
  return { ...found, written: { dir, files: ["report.html", ...beside, "figures/"] }, report: { input, keep } };
}

/** With `/`; null = it is not below. */
function below(dir: string, path: string): string | null {
  const way = relative(dir, path).split(sep).join("/");
  return way === ".." || way.startsWith("../") ? null : way;
}

export function demandRule({ margin, alpha }: AnalyzeRequest["rule"]): void {
  if (margin !== undefined && margin <= 0)
    throw new UserError("--margin takes a number above 0.", [`It is ${margin}.`]);
  if (alpha !== undefined && (alpha <= 0 || alpha >= 0.5))
    throw new UserError("--alpha takes a number above 0 and below 0.5.", [`It is ${alpha}.`]);
}

const SEED = 1;
const FORMATS = ["csv", "parquet"];

const NOTHING_COMPARED = { comparison: null, exploratory: [] };

async function comparedOnce(
  options: ComparisonOptions,
  { by, filters }: AnalyzeRequest,
  place: RunsPlace,
  { digest }: RunsRead,
  analysis: Analysis,
): Promise<Compared> {
  const file = keptFile(place, "comparison");
  const key =
    digest === null
      ? null
      : keyOf(digest, [
          ANALYTICS_VERSION,
          COMPARISON_VERSION,
          options,
          by,
          filters,
          place.order,
          analysis.lost.observations,
        ]);
  const kept = key === null ? null : await keptComparison(file, key);
  if (kept !== null) return kept;
  const comparison = compareProfiles(analysis.profiles, allObservationsOf(analysis), options);
  const compared = { comparison, exploratory: explore(analysis, comparison.pairs) };
  if (key !== null) await keepComparison(file, key, compared);
  return compared;
}

/** Beside the kept readings. */
function keptFile({ cacheFile }: RunsPlace, what: string): string {
  return cacheFile.replace(/\.jsonl$/, `.${what}.json`);
}

/** Null = there is nothing to compare. */
function comparisonAsked(
  { compare: pair, control, seed, filters }: AnalyzeRequest,
  analysis: Analysis,
  settings: AnalysisSettings,
): ComparisonOptions | null {
  const known = (name: string): string => {
    if (analysis.profiles.includes(name)) return name;
    throw new UserError(`There is no profile "${name}" to compare.`, [`There are: ${analysis.profiles.join(", ")}.`]);
  };
  if (pair !== null && (pair.length !== 2 || pair[0] === pair[1]))
    throw new UserError("--compare takes two different profiles.", ["For example: --compare text codegraph"]);
  const [first, second] = (pair ?? []).map(known);
  const only = first === undefined || second === undefined ? null : [[first, second] as const];
  // A control of the experiment's that was filtered away is no control here; one that was asked for is a mistake.
  const planned = settings.control !== null && analysis.profiles.includes(settings.control) ? settings.control : null;
  const against = control === undefined ? planned : known(control);
  // Trials that were chosen by how they came out say nothing about how profiles come out.
  if (filters.only !== null || analysis.profiles.length < 2) return null;
  return { alpha: settings.alpha, margin: settings.margin, control: against, only, seed: seed ?? SEED };
}

export function asBy(word: string | undefined): By | null {
  if (word === undefined) return null;
  const by = BY.find((known) => known === word);
  if (by === undefined)
    throw new UserError(`--by ${word}: there is no such grouping.`, [`Expected one of ${BY.join(", ")}.`]);
  return by;
}
