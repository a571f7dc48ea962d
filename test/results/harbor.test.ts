/** What we write is what Harbor's own models accept: fields, their order, their types; and we read what Harbor writes. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exceptionName } from "../../src/results/harbor/exception.ts";
import { float, floatRepr, harborJson } from "../../src/results/harbor/json.ts";
import { passAtK } from "../../src/records/pass-at-k.ts";
import { readHarborResult } from "../../src/records/harbor-result.ts";
import { jobStamp, localNaive } from "../../src/results/harbor/times.ts";
import { readBatch } from "../../src/results/read-batch.ts";
import { commit, json, openBatch } from "./fixtures.ts";
import { BROKEN, CANCELLED, NOW, plan, profile, task } from "./plans.ts";

const JOB = `${jobStamp(NOW)}__text`;

async function finishedJob() {
  const batch = await openBatch({
    plan: plan({
      tasks: [task("hello", { name: "acme/hello", source: "my-bench" }), task("sort", { source: "my-bench" })],
      profiles: [
        profile("text", {
          agent: "command",
          model: "anthropic/claude-haiku-4-5",
          command: ["my-agent", "--flag"],
          env: ["ANTHROPIC_API_KEY"],
          setEnv: { MODE: "fast", MY_TOKEN: "literal-token" },
          prompt: "/project/extra.md",
        }),
      ],
      attempts: 2,
    }),
  });
  const agent = { name: "command", version: "unknown", model: { name: "claude-haiku-4-5", provider: "anthropic" } };
  const usage = { inputTokens: 100, cachedTokens: null, outputTokens: 7, costUsd: 0.25 };
  await commit(batch, 0, { agent, usage });
  await commit(batch, 1, {
    agent,
    outcome: { kind: "scored", rewards: { reward: 0 }, endedBy: { kind: "agent-timeout" } },
  });
  await commit(batch, 2, { agent, outcome: BROKEN });
  return { batch, agent };
}

test("config.json holds only what differs from Harbor's defaults, and no value of a secret", async () => {
  const { batch } = await finishedJob();
  expect(await json(batch.dir, "runs", JOB, "config.json")).toEqual({
    job_name: JOB,
    jobs_dir: join(batch.dir, "runs"),
    n_attempts: 2,
    n_concurrent_trials: 2,
    environment: { import_path: "regatta.environments:local" },
    agents: [
      {
        name: "command",
        model_name: "anthropic/claude-haiku-4-5",
        kwargs: { command: ["my-agent", "--flag"] },
        env: { ANTHROPIC_API_KEY: "${ANTHROPIC_API_KEY}", MODE: "fast", MY_TOKEN: "${MY_TOKEN}" },
      },
    ],
    tasks: [
      { path: "/project/tasks/hello", source: "my-bench" },
      { path: "/project/tasks/sort", source: "my-bench" },
    ],
    extra_instruction_paths: ["/project/extra.md"],
  });
});

test("the job's result.json has Harbor's figures, a missing verdict counted as 0", async () => {
  const { batch, agent } = await finishedJob();
  await batch.store.flush();
  const before = (await json(batch.dir, "runs", JOB, "result.json")) as Record<string, unknown>;
  expect(before).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    started_at: localNaive(NOW),
    updated_at: "2026-08-20T12:03:11.017000Z",
    finished_at: null,
    n_total_trials: 4,
    stats: {
      n_completed_trials: 3,
      n_errored_trials: 2,
      n_running_trials: 0,
      n_pending_trials: 1,
      n_cancelled_trials: 0,
      n_retries: 0,
      evals: {
        "command__claude-haiku-4-5__my-bench": {
          n_trials: 2,
          n_errors: 2,
          metrics: [{ mean: 1 / 3 }],
          pass_at_k: {},
          reward_stats: { reward: { "1.0": ["hello__text1"], "0.0": ["sort__text1"] } },
          exception_stats: { AgentTimeoutError: ["sort__text1"], EnvironmentLostError: ["hello__text2"] },
        },
      },
      n_input_tokens: 100,
      n_cache_tokens: null,
      n_output_tokens: 7,
      cost_usd: 0.25,
    },
  });
  await commit(batch, 3, { agent });
  await batch.store.close();
  const after = (await json(batch.dir, "runs", JOB, "result.json")) as Record<string, unknown>;
  expect(after).toMatchObject({
    id: before["id"],
    finished_at: localNaive(NOW),
    stats: { evals: { "command__claude-haiku-4-5__my-bench": { pass_at_k: { "2": 1 } } } },
  });
  expect(Object.keys(after)).toEqual(["id", "started_at", "updated_at", "finished_at", "n_total_trials", "stats"]);
});

test("a cancelled trial leaves the job unfinished", async () => {
  const batch = await openBatch({ plan: plan({ tasks: [task("hello")], profiles: [profile("text")] }) });
  await commit(batch, 0, { outcome: CANCELLED });
  await batch.store.close();
  expect(await json(batch.dir, "runs", JOB, "result.json")).toMatchObject({
    finished_at: null,
    stats: { n_completed_trials: 1, n_errored_trials: 1, n_cancelled_trials: 1 },
  });
});

test("the job's lock.json has one TrialLock for each planned trial", async () => {
  const { batch } = await finishedJob();
  const lock = (await json(batch.dir, "runs", JOB, "lock.json")) as { trials: Record<string, unknown>[] };
  expect(lock).toMatchObject({ schema_version: 3, n_concurrent_trials: 2, retry: { max_retries: 0 } });
  expect(lock.trials.length).toBe(4);
  expect(lock.trials[0]?.["task"]).toEqual({
    name: "acme/hello",
    type: "local",
    digest: `sha256:${"ab".repeat(32)}`,
    source: "my-bench",
    path: "/project/tasks/hello",
  });
  expect(JSON.stringify(lock)).not.toMatch(/null|literal-token/);
});

/** From the field table of Harbor's TrialResult: name, may it be null, JSON type. */
const TRIAL_RESULT: readonly (readonly [string, boolean, string])[] = [
  ["id", false, "string"],
  ["task_name", false, "string"],
  ["trial_name", false, "string"],
  ["trial_uri", false, "string"],
  ["task_id", false, "object"],
  ["source", true, "string"],
  ["task_checksum", false, "string"],
  ["config", false, "object"],
  ["agent_info", false, "object"],
  ["agent_result", true, "object"],
  ["verifier_result", true, "object"],
  ["verifier_environment_mode", true, "string"],
  ["exception_info", true, "object"],
  ["started_at", true, "string"],
  ["finished_at", true, "string"],
  ["environment_setup", true, "object"],
  ["agent_setup", true, "object"],
  ["agent_execution", true, "object"],
  ["verifier", true, "object"],
  ["step_results", true, "object"],
];

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

function check(result: Record<string, unknown>): void {
  expect(Object.keys(result)).toEqual(TRIAL_RESULT.map(([name]) => name));
  for (const [name, nullable, type] of TRIAL_RESULT) {
    const value = result[name];
    if (value === null) expect(nullable, `${name} is null`).toBe(true);
    else expect(typeof value, name).toBe(type);
  }
  for (const name of ["started_at", "finished_at"]) expect(result[name]).toMatch(TIME);
  const exception = result["exception_info"] as Record<string, unknown> | null;
  if (exception === null) return;
  const keys = ["exception_type", "exception_message", "exception_traceback", "occurred_at"];
  expect(Object.keys(exception)).toEqual(keys);
  expect(exception["exception_type"]).toMatch(/^[A-Z][A-Za-z0-9]*Error$/);
  expect(exception["occurred_at"]).toMatch(TIME);
}

test("a trial's result.json has every field of TrialResult in order, whatever the outcome", async () => {
  const { batch } = await finishedJob();
  const results = await Promise.all(
    ["hello__text1", "sort__text1", "hello__text2"].map((name) => json(batch.dir, "runs", JOB, name, "result.json")),
  );
  for (const result of results) check(result as Record<string, unknown>);
  const [good, late, broken] = results;
  expect(good).toMatchObject({
    task_name: "acme/hello",
    task_id: { path: "/project/tasks/hello" },
    source: "my-bench",
    task_checksum: "ab".repeat(32),
    trial_uri: `file://${batch.dir}/runs/${JOB}/hello__text1`,
    config: { trial_name: "hello__text1", trials_dir: join(batch.dir, "runs", JOB) },
    agent_info: {
      name: "command",
      version: "unknown",
      model_info: { name: "claude-haiku-4-5", provider: "anthropic" },
    },
    agent_result: { n_input_tokens: 100, n_cache_tokens: null, cost_usd: 0.25 },
    verifier_result: { rewards: { reward: 1 } },
    exception_info: null,
    agent_setup: null,
  });
  expect(late).toMatchObject({
    verifier_result: { rewards: { reward: 0 } },
    exception_info: { exception_type: "AgentTimeoutError" },
  });
  expect(broken).toMatchObject({ verifier_result: null, exception_info: { exception_type: "EnvironmentLostError" } });
  const text = await readFile(join(batch.dir, "runs", JOB, "hello__text1", "result.json"), "utf8");
  expect(text).toContain('"reward": 1.0');
  expect(await readFile(join(batch.dir, "runs", JOB, "hello__text2", "exception.txt"), "utf8")).toBe(
    "EnvironmentLostError: The sandbox died.\n  code: environment-lost\n  phase: agent-run\n  blame: infrastructure\n  see: trial.log\n",
  );
});

const FOREIGN = {
  id: "594025f3-7d65-4655-8576-4bee95002eae",
  task_name: "acme/a-task-with-a-name-longer-than-thirty-two-characters",
  trial_name: "a-task-with-a-name-longer-than-t__bZZeEkw",
  trial_uri: "file:///home/u/jobs/x",
  task_id: { path: "datasets/my-bench/x" },
  source: "my-bench",
  task_checksum: "a3f3",
  config: {},
  agent_info: {
    name: "claude-code",
    version: "2.1.118",
    model_info: { name: "claude-sonnet-4-6", provider: "anthropic" },
  },
  agent_result: { n_input_tokens: 184223, n_cache_tokens: 160114, n_output_tokens: 6021, cost_usd: 0.2114 },
  verifier_result: { rewards: { reward: 1.0 } },
  exception_info: null,
  started_at: "2026-08-20T12:03:12.017456Z",
  finished_at: "2026-08-20T12:09:40.110326Z",
  agent_execution: { started_at: "2026-08-20T12:04:02.019931Z", finished_at: "2026-08-20T12:09:11.059451Z" },
};

test("a trial of Harbor's own is read from its result.json, the task from the file and not from the directory", async () => {
  const batch = await openBatch();
  await batch.store.close();
  const dir = join(batch.dir, "runs", JOB, FOREIGN.trial_name);
  await mkdir(dir);
  await writeFile(join(dir, "result.json"), JSON.stringify(FOREIGN));
  const found = await readBatch(batch.dir);
  expect(found.problems).toEqual([]);
  expect(found.trials).toEqual([
    {
      id: { task: FOREIGN.task_name, profile: "text", attempt: 1 },
      trialName: FOREIGN.trial_name,
      dir: `runs/${JOB}/${FOREIGN.trial_name}`,
      launch: null,
      definitionDigest: null,
      hasTrajectory: false,
      record: {
        id: { task: FOREIGN.task_name, profile: "text", attempt: 1 },
        uuid: FOREIGN.id,
        trialName: FOREIGN.trial_name,
        try: 1,
        outcome: { kind: "scored", rewards: { reward: 1 }, endedBy: { kind: "done" } },
        agent: {
          name: "claude-code",
          version: "2.1.118",
          model: { name: "claude-sonnet-4-6", provider: "anthropic" },
        },
        agentExitCode: null,
        usage: { inputTokens: 184223, cachedTokens: 160114, outputTokens: 6021, costUsd: 0.2114 },
        startedAt: FOREIGN.started_at,
        finishedAt: FOREIGN.finished_at,
        phases: {
          "agent-run": {
            startedAt: FOREIGN.agent_execution.started_at,
            finishedAt: FOREIGN.agent_execution.finished_at,
          },
        },
        remarks: ["read from Harbor's result.json alone"],
        earlierTries: [],
      },
    },
  ]);
});

const error = (exception_type: string, exception_message = "it failed") => ({ exception_type, exception_message });

test.each([
  ["a NaN that Harbor wrote as null", { verifier_result: { rewards: { reward: null } } }, "verifier-failed"],
  ["no rewards and no exception", { verifier_result: null }, "verifier-failed"],
  [
    "a missing reward file",
    { verifier_result: null, exception_info: error("RewardFileNotFoundError") },
    "verifier-failed",
  ],
  ["a container that died", { verifier_result: null, exception_info: error("RuntimeError") }, "infrastructure"],
])("%s is never a 0", (_what, fields, reason) => {
  const read = readHarborResult({ ...FOREIGN, ...fields });
  if ("problem" in read) throw new Error(read.problem);
  const { outcome } = read.toRecord({ task: "t", profile: "p", attempt: 1 });
  expect(outcome).toMatchObject({ kind: "not-scored", reason });
});

test("an exit code is read from Harbor's message, and unknown when it is not there", () => {
  const of = (message: string) => {
    const read = readHarborResult({ ...FOREIGN, exception_info: error("NonZeroAgentExitCodeError", message) });
    return "problem" in read ? read.problem : read.toRecord({ task: "t", profile: "p", attempt: 1 });
  };
  expect(of("Agent exited with code 3")).toMatchObject({ agentExitCode: 3, outcome: { endedBy: { code: 3 } } });
  expect(of("Agent failed")).toMatchObject({ agentExitCode: null, outcome: { kind: "scored" } });
});

test.each([
  [1, "1.0"],
  [0, "0.0"],
  [-0, "-0.0"],
  [0.1, "0.1"],
  [1 / 3, "0.3333333333333333"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1.5e-7, "1.5e-07"],
  [123456789012345680, "1.2345678901234568e+17"],
  [1e15, "1000000000000000.0"],
  [1e16, "1e+16"],
  [1e100, "1e+100"],
  [Number.NaN, "nan"],
])("%d is %s in Python", (value, text) => {
  expect(floatRepr(value)).toBe(text);
});

test("JSON is laid out as Harbor's, not-a-number becomes null, absent members are left out", () => {
  const text = harborJson({ a: float(2), b: [], c: { d: [1, float(Number.NaN)] }, e: undefined, f: {} });
  expect(text).toBe(
    '{\n    "a": 2.0,\n    "b": [],\n    "c": {\n        "d": [\n            1,\n            null\n        ]\n    },\n    "f": {}\n}\n',
  );
});

test("pass@k follows Harbor's rules", () => {
  const of = (task: string, ...rewards: (number | null)[]) =>
    rewards.map((reward) => ({ task, rewards: reward === null ? null : { reward } }));
  expect(passAtK([])).toEqual({});
  expect(passAtK(of("a", 1))).toEqual({});
  expect(passAtK([...of("a", 1, 0, 0, null), ...of("b", 1, 1, 1, 1)])).toEqual({ "2": 0.75, "4": 1 });
  expect(Object.keys(passAtK(of("a", ...Array.from({ length: 16 }, () => 0))))).toEqual([
    "2",
    "4",
    "5",
    "8",
    "10",
    "15",
    "16",
  ]);
  expect(passAtK(of("a", 1, 0.5))).toEqual({});
  expect(passAtK([{ task: "a", rewards: { x: 1, y: 1 } }, ...of("a", 1)])).toEqual({});
});

test("failures get Harbor's class names where it has one", () => {
  expect(
    ["reward-missing", "reward-not-finite", "setup-timeout", "oom-kill", "internal-error"].map(exceptionName),
  ).toEqual([
    "RewardFileNotFoundError",
    "VerifierOutputParseError",
    "AgentSetupTimeoutError",
    "OomKillError",
    "InternalError",
  ]);
});
