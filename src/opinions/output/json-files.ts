/** `strategy_analysis.json`, `failure_analyses.json` and `mcp_utilization.json`: one row per trial, whatever came of it. */
import { isRecord } from "../../base/is-record.ts";
import type { JudgedTrial } from "../judged-trial.ts";
import type { Answer, Mark, Opinions, TrialRow } from "../opinions.ts";

type Json = Readonly<Record<string, unknown>>;

/** The same for the same answers, whether they were kept or new: what this run cost is told on the screen. */
export function strategyJson({ mark, strategies, images }: Opinions): Json {
  const pictures = images.filter(({ answer }) => answer.state !== "not-asked");
  return {
    ...head(mark, ["strategy", ...(pictures.length === 0 ? [] : ["images"])]),
    summary: counted(strategies, ({ approach }) => approach, "approach"),
    trials: strategies.map(row),
    images: pictures.map(row),
    cost_usd: costOf([...strategies, ...pictures]),
  };
}

export function failuresJson({ mark, failures }: Opinions): Json {
  return {
    ...head(mark, ["failure"]),
    summary: counted(failures, ({ category }) => category, "category"),
    trials: failures.map(row),
    cost_usd: costOf(failures),
  };
}

export function mcpJson({ mark, mcp }: Opinions, trials: readonly JudgedTrial[]): Json {
  return {
    ...head(mark, ["mcp"]),
    // Counted from the calls themselves; the only figures here that are no opinion.
    measured: measured(trials),
    trials: mcp.map(row),
    cost_usd: costOf(mcp),
  };
}

function head({ statement, model, prompts, seed, agreement }: Mark, used: readonly string[]): Json {
  return {
    schema_version: 1,
    is: "opinion",
    statement,
    model,
    prompts: Object.fromEntries(used.map((name) => [name, prompts[name]])),
    blinded: true,
    seed,
    agreement_with_people: agreement ?? "not measured",
  };
}

function row<T>({ profile, task, attempt, path, condensed, answer }: TrialRow<T>): Json {
  return {
    profile,
    task,
    attempt,
    trial: path,
    ...answerJson(answer),
    shown:
      condensed === null
        ? null
        : {
            steps: condensed.shownSteps,
            of_steps: condensed.steps,
            characters: condensed.shownCharacters,
            of_characters: condensed.characters,
            cut: condensed.cut,
          },
  };
}

function answerJson(answer: Answer<unknown>): Json {
  if (answer.state === "not-asked") return { state: answer.state, why: answer.why };
  const { inputTokens, outputTokens, costUsd } = answer.price;
  const price = { cost_usd: costUsd, input_tokens: inputTokens, output_tokens: outputTokens };
  if (answer.state === "failed") return { state: answer.state, failure: answer.kind, why: answer.why, ...price };
  return { state: answer.state, opinion: isRecord(answer.opinion) ? answer.opinion : null, ...price };
}

/** Per profile: how often each label was given. */
function counted<T>(rows: readonly TrialRow<T>[], label: (opinion: T) => string, name: string): readonly Json[] {
  const counts = new Map<string, { profile: string; label: string; trials: number }>();
  for (const { profile, answer } of rows) {
    if (answer.state !== "answered") continue;
    const given = label(answer.opinion);
    const key = JSON.stringify([profile, given]);
    const count = counts.get(key) ?? { profile, label: given, trials: 0 };
    count.trials += 1;
    counts.set(key, count);
  }
  return [...counts.values()].map(({ profile, label: given, trials }) => ({ profile, [name]: given, trials }));
}

function measured(trials: readonly JudgedTrial[]): readonly Json[] {
  const found = new Map<string, { profile: string; server: string; calls: number; errors: number; trials: number }>();
  for (const { profile, servers } of trials) {
    for (const { server, calls, errors } of servers) {
      const key = JSON.stringify([profile, server]);
      const use = found.get(key) ?? { profile, server, calls: 0, errors: 0, trials: 0 };
      use.calls += calls;
      use.errors += errors;
      use.trials += 1;
      found.set(key, use);
    }
  }
  return [...found.values()];
}

/** Null = not known of some. */
function costOf(rows: readonly { readonly answer: Answer<unknown> }[]): number | null {
  return rows.reduce<number | null>((sum, { answer }) => {
    if (answer.state === "not-asked") return sum;
    return sum === null || answer.price.costUsd === null ? null : sum + answer.price.costUsd;
  }, 0);
}
