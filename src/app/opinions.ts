/** Layer 2 of `regatta analyze`: what layer 1 found, put to a model that the user named; or what that would cost. */
import { jsonText } from "../base/inert.ts";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { costOf as costByPrice, priceOf } from "../agents/prices.ts";
import { percent, points, range } from "../analytics/comparison/answer.ts";
import { valueOf } from "../analytics/analysis.ts";
import type { AnalyzedTrial } from "../analytics/profiles.ts";
import { readSteps } from "../analytics/reading/walk-trajectories.ts";
import { UserError } from "../contract/failure.ts";
import { endedByWord } from "../contract/outcome.ts";
import { readEnvFile } from "../host/env-file.ts";
import { writeFileAtomic } from "../host/files.ts";
import { readUntrustedText } from "../host/untrusted-json.ts";
import { agreementWith, unknownTrials } from "../opinions/agreement.ts";
import { answerCache } from "../opinions/answer-cache.ts";
import { askAll, type AskAllOptions } from "../opinions/ask-all.ts";
import { asker, type CostOf } from "../opinions/ask.ts";
import { type Endpoint, endpointOf, type Variables } from "../opinions/endpoint.ts";
import { type Estimate, estimator } from "../opinions/estimate.ts";
import type { Judged, JudgedPair, JudgedProfile, JudgedTrial } from "../opinions/judged-trial.ts";
import { type PeoplesLabels, readLabels } from "../opinions/labels.ts";
import type { Opinions } from "../opinions/opinions.ts";
import { narrativesMarkdown, paperMarkdown, synthesisMarkdown } from "../opinions/output/documents.ts";
import { failuresJson, mcpJson, strategyJson } from "../opinions/output/json-files.ts";
import { PROMPT_VERSIONS } from "../opinions/prompts/versions.ts";
import { spendMeter } from "../opinions/spend.ts";
import { isComputed } from "../statistics/computed.ts";
import { writeReport } from "../analytics/report/write-report.ts";
import type { Analyzed } from "./analyze.ts";
import { keepOpinions, opinionFilesIn, type OpinionFile } from "./kept-opinions.ts";
import { projectRootOf } from "./project-root.ts";

export type { Estimate } from "../opinions/estimate.ts";
export type { Opinions } from "../opinions/opinions.ts";
export { opinionIn } from "../opinions/ask-all.ts";
export { agreementText, whyNone } from "../opinions/in-words.ts";

export interface OpinionsRequest {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `provider/name`. */
  readonly model: string;
  readonly seed: number | undefined;
  /** Path of a CSV file with people's labels. */
  readonly agreement: string | undefined;
  readonly onProgress?: (done: number, all: number) => void;
}

export interface OpinionsFound {
  readonly opinions: Opinions;
  /** Rows of people's labels that name no trial here. */
  readonly unknownLabels: number;
  /** Absolute; null when nothing was written. */
  readonly written: { readonly dir: string; readonly files: readonly string[] } | null;
}

const STATEMENT = "A model's opinion, not a measurement. It may be wrong, and no verdict of this analysis rests on it.";
const SEED = 1;
const MOST_LABEL_BYTES = 16 << 20;

const costOf: CostOf = (model, tokens) => {
  const price = priceOf(model);
  return price === null ? null : costByPrice(price, { ...tokens, cacheWriteHour: 0 });
};

/** Calls nothing, and writes nothing. */
export async function estimateOpinions(request: OpinionsRequest, analyzed: Analyzed): Promise<Estimate> {
  const { endpoint, cache, options } = await prepared(request, analyzed);
  const pretending = estimator(endpoint, cache, costOf);
  await askAll({ ...options, asker: pretending });
  return pretending.estimate;
}

/** @throws {UserError} before anything is asked, when there is no key, no such provider, or the labels cannot be used */
export async function askOpinions(request: OpinionsRequest, analyzed: Analyzed): Promise<OpinionsFound> {
  const { endpoint, cache, options } = await prepared(request, analyzed);
  const people = await peoplesLabels(request);
  if (endpoint.missing !== null && (await estimateOpinions(request, analyzed)).lines.some(({ asked }) => asked > 0))
    throw new UserError(`${request.model} cannot be asked: ${endpoint.missing}.`, [
      "Everything that needs no model is done already; leave out --model to have that alone.",
    ]);
  const meter = spendMeter();
  const clock = { now: () => Date.now(), sleep: (ms: number): Promise<void> => sleep(ms) };
  const { onProgress } = request;
  const answers = await askAll({
    ...options,
    ...(onProgress === undefined ? {} : { onProgress }),
    asker: asker({ endpoint, cache, costOf, meter, clock }),
  });
  const opinions: Opinions = {
    ...answers,
    mark: {
      statement: STATEMENT,
      model: endpoint.model,
      prompts: PROMPT_VERSIONS,
      seed: options.seed,
      agreement: people === null ? null : agreementWith(people, answers),
    },
    spend: meter.spend,
  };
  const written = await write(opinions, options.judged, analyzed.place.output);
  await showInReport(opinions, analyzed);
  return { opinions, unknownLabels: people === null ? 0 : unknownTrials(people, answers).length, written };
}

/** It was made without them, so that it is there whatever becomes of asking. */
async function showInReport(opinions: Opinions, { place, report }: Analyzed): Promise<void> {
  if (place.opinions !== null) await keepOpinions(place.opinions, opinions);
  if (report === null) return;
  const { input, keep } = report;
  const beside = [...new Set([...input.beside, ...opinionFilesIn(input.dir)])];
  await writeReport({ ...input, opinions, beside }, keep);
}

interface Prepared {
  readonly endpoint: Endpoint;
  readonly cache: ReturnType<typeof answerCache>;
  readonly options: Omit<AskAllOptions, "asker">;
}

async function prepared(request: OpinionsRequest, analyzed: Analyzed): Promise<Prepared> {
  return {
    endpoint: endpointOf(request.model, await sourcesOf(request)),
    cache: answerCache(join(analyzed.place.kept, "opinions")),
    options: {
      judged: judgedOf(analyzed),
      readSteps: (dir, each) => readSteps(dir, each).problem,
      seed: request.seed ?? SEED,
    },
  };
}

/** The env file of the project first, then the host's, as for trials. */
async function sourcesOf({ cwd, env }: OpinionsRequest): Promise<readonly Variables[]> {
  const file = join(projectRootOf(cwd), "experiments", ".env");
  return existsSync(file) ? [await readEnvFile(file), env] : [env];
}

async function peoplesLabels({ cwd, agreement }: OpinionsRequest): Promise<readonly PeoplesLabels[] | null> {
  if (agreement === undefined) return null;
  const read = await readUntrustedText(resolve(cwd, agreement), MOST_LABEL_BYTES);
  if (read.kind === "text") return readLabels(read.text, agreement);
  throw new UserError(
    `--agreement ${agreement}: ${read.kind === "missing" ? "there is no such file" : `it ${read.why}`}.`,
  );
}

async function write(opinions: Opinions, { trials }: Judged, dir: string | null): Promise<OpinionsFound["written"]> {
  if (dir === null) return null;
  const json = (value: unknown): string => jsonText(value);
  const files: Readonly<Record<OpinionFile, string>> = {
    "strategy_analysis.json": json(strategyJson(opinions)),
    "failure_analyses.json": json(failuresJson(opinions)),
    "mcp_utilization.json": json(mcpJson(opinions, trials)),
    "comparative_narratives.md": narrativesMarkdown(opinions),
    "synthesis.md": synthesisMarkdown(opinions),
    "paper_snippets.md": paperMarkdown(opinions),
  };
  await mkdir(dir, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(dir, name), text);
  return { dir, files: Object.keys(files) };
}

function judgedOf({ analysis, profiles, comparison }: Analyzed): Judged {
  return {
    trials: analysis.trials.map((trial) => judgedTrial(trial, analysis.root)),
    profiles: profiles.map(({ profile, trials, scored, succeeded }): JudgedProfile => {
      const figures = comparison?.profiles.find((each) => each.profile === profile);
      return {
        profile,
        trials,
        scored,
        succeeded,
        figures:
          figures === undefined
            ? {}
            : {
                success_rate: percent(figures.success.value),
                success_95: range(figures.success.interval),
                tasks: figures.success.tasks,
                cost_per_solved_usd: rounded(figures.costPerSolved.value, 4),
                median_cost_usd: rounded(figures.costUsd.median, 4),
                median_tokens: rounded(figures.tokens.median, 0),
                median_seconds: rounded(figures.seconds.median, 1),
              },
      };
    }),
    pairs: (comparison?.pairs ?? []).map(({ a, b, verdict, difference, tasks, pHolm }): JudgedPair => ({
      a,
      b,
      verdict: verdict.word,
      figures: {
        shared_tasks: tasks,
        reward_difference: isComputed(difference) ? points(difference.mean) : null,
        difference_95: isComputed(difference) ? range(difference.interval, " pp") : null,
        p_holm: pHolm === null ? null : pHolm.toPrecision(3),
      },
    })),
  };
}

function rounded(value: number | { readonly notComputed: string }, digits: number): string | null {
  return typeof value === "number" ? value.toFixed(digits) : null;
}

function judgedTrial(trial: AnalyzedTrial, root: string): JudgedTrial {
  const { outcome } = trial.facts;
  const success = valueOf(trial, "success");
  const servers = new Map<string, { server: string; calls: number; errors: number }>();
  for (const { server, calls, errors } of trial.tools) {
    if (server === null) continue;
    const use = servers.get(server) ?? { server, calls: 0, errors: 0 };
    use.calls += calls;
    use.errors += errors;
    servers.set(server, use);
  }
  return {
    ...trial.id,
    path: trial.path,
    dir: join(root, trial.path),
    success: success === null ? null : success === 1,
    reward: valueOf(trial, "reward"),
    endedBy: outcome.kind === "scored" ? endedByWord(outcome.endedBy) : null,
    costUsd: valueOf(trial, "cost_usd"),
    tokens: valueOf(trial, "tokens_total"),
    seconds: valueOf(trial, "agent_sec"),
    servers: [...servers.values()].toSorted((a, b) => (a.server < b.server ? -1 : 1)),
  };
}
