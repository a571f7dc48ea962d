/** Harbor job directories made by hand, in the shapes that stand on people's disks. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { DEFAULT_RULE } from "../../src/contract/reward-rule.ts";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Analysis, analysisOf, type Filters, valueOf } from "../../src/analytics/analysis.ts";
import type { By } from "../../src/analytics/profiles.ts";
import { readRuns, type RunsRead } from "../../src/analytics/reading/read-runs.ts";

/** Path → text, or a value that becomes JSON. */
export type Files = Readonly<Record<string, unknown>>;

export async function makeRuns(files: Files): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-analytics-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await addFiles(dir, files);
  return dir;
}

async function addFiles(dir: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  }
}

let made = 0;

/** A trial's result.json as Harbor writes it. */
export function result(over: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  made += 1;
  const name = typeof over["task_name"] === "string" ? over["task_name"] : "fix-bug";
  return {
    id: `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`,
    task_name: name,
    trial_name: `${name.slice(0, 32)}__${String(made).padStart(7, "a")}`,
    trial_uri: "file:///jobs/x",
    task_id: { path: `tasks/${name}` },
    source: "bench",
    task_checksum: `sum-of-${name}`,
    config: { task: { path: `tasks/${name}` }, agent: { name: "claude-code", model_name: "anthropic/haiku" } },
    agent_info: { name: "claude-code", version: "2.1.0", model_info: { name: "haiku", provider: "anthropic" } },
    agent_result: { n_input_tokens: 1000, n_cache_tokens: 400, n_output_tokens: 100, cost_usd: 0.5 },
    verifier_result: { rewards: { reward: 1.0 } },
    exception_info: null,
    started_at: "2026-01-01T00:00:00.000000Z",
    finished_at: "2026-01-01T00:02:00.500000Z",
    environment_setup: { started_at: "2026-01-01T00:00:00Z", finished_at: "2026-01-01T00:00:10Z" },
    agent_setup: { started_at: "2026-01-01T00:00:10Z", finished_at: "2026-01-01T00:00:15Z" },
    agent_execution: { started_at: "2026-01-01T00:00:15Z", finished_at: "2026-01-01T00:01:15Z" },
    verifier: { started_at: "2026-01-01T00:01:15Z", finished_at: "2026-01-01T00:01:55Z" },
    step_results: null,
    ...over,
  };
}

export function exception(type: string, message = "it happened"): Record<string, unknown> {
  return {
    exception_type: type,
    exception_message: message,
    exception_traceback: "",
    occurred_at: "2026-01-01T00:01:00Z",
  };
}

export interface Call {
  readonly tool: string;
  readonly args?: unknown;
  /** undefined = no result is recorded. */
  readonly result?: string;
  readonly extra?: unknown;
}

/** An agent's step with these calls. */
export function agentStep(
  calls: readonly Call[] = [],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    source: "agent",
    message: "",
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ tool, args = {} }, at) => ({
            tool_call_id: `c${at}`,
            function_name: tool,
            arguments: args,
          })),
          observation: {
            results: calls.flatMap(({ result: content, extra }, at) =>
              content === undefined
                ? []
                : [{ source_call_id: `c${at}`, content, ...(extra === undefined ? {} : { extra }) }],
            ),
          },
        }),
    ...more,
  };
}

export function trajectory(
  steps: readonly unknown[],
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    schema_version: "ATIF-v1.7",
    agent: { name: "claude-code", version: "2.1.0" },
    steps: steps.map((step, at) => ({ step_id: at + 1, ...(step as object) })),
    ...more,
  };
}

/** Without a cache. */
export function read(dir: string): Promise<RunsRead> {
  return readRuns(dir, { cacheFile: null, verifyCache: false, rule: DEFAULT_RULE });
}

const ALL: Filters = { tasks: null, profiles: null, limit: null, only: null };

export async function analysisIn(dir: string, by: By | null = null, filters: Partial<Filters> = {}): Promise<Analysis> {
  return analysisOf(await read(dir), by, { ...ALL, ...filters });
}

/** Metrics of the only trial of a job made of these files. */
export async function valuesOf(files: Files): Promise<(metric: string) => number | null> {
  const inTrial = Object.entries(files).map(([name, content]) => [`job/fix__a/${name}`, content]);
  const dir = await makeRuns({ "job/fix__a/result.json": result(), ...Object.fromEntries(inTrial) });
  const { trials } = await analysisIn(dir);
  const [trial] = trials;
  if (trial === undefined) throw new Error("the trial was not read");
  return (metric) => valueOf(trial, metric);
}
