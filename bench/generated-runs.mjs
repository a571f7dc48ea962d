/** Harbor jobs of generated trials, in the sizes that coding agents leave behind. */
import { mkdirSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Different trajectories; trials take turns. */
const POOL = 50;
const WORDS =
  "the parser fails when a token is missing so read the file again and run the tests before changing anything else".split(
    " ",
  );

/**
 * @template T
 * @param {number} trials
 * @param {(dir: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withGeneratedRuns(trials, use) {
  const dir = await mkdtemp(join(tmpdir(), "regatta-bench-runs-"));
  try {
    const jobs = 4;
    const pool = Array.from({ length: POOL }, (_, at) => JSON.stringify(trajectory(stepsOf(at), at + 1), null, 2));
    for (let at = 0; at < trials; at++) writeTrial(dir, `job-${at % jobs}`, at, pool[at % POOL] ?? "");
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * One job of one trial whose trajectory is about so large.
 *
 * @template T
 * @param {number} megabytes
 * @param {(dir: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withLargeTrajectory(megabytes, use) {
  const dir = await mkdtemp(join(tmpdir(), "regatta-bench-large-"));
  try {
    // Large because of what tools put out, as they are: about 100 kB a step.
    const steps = trajectory(megabytes * 10, 1, 100_000);
    writeTrial(dir, "job", 0, JSON.stringify(steps));
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Of 10 to 150: most trials are short, some are long. With their outputs that is 50 kB to 950 kB, as real ones are. @param {number} at */
function stepsOf(at) {
  return Math.round(10 + 140 * (at / POOL) ** 2);
}

/**
 * @param {number} steps
 * @param {number} seed
 * @param {number} [outputBytes] of each tool result; default: 500 to 9,500
 */
function trajectory(steps, seed, outputBytes) {
  const messages = steps - 1;
  const prompts = messages * 1000 + (messages * (messages + 1)) / 2;
  return {
    schema_version: "ATIF-v1.6",
    session_id: `session-${seed}`,
    agent: { name: "claude-code", version: "2.1.0", model_name: "claude-haiku-4-5" },
    steps: Array.from({ length: steps }, (_, at) =>
      step(at, seed, outputBytes ?? 500 + ((at * 977 + seed * 131) % 9000)),
    ),
    final_metrics: { total_prompt_tokens: prompts, total_completion_tokens: messages * 100, total_steps: steps },
  };
}

/** @param {number} at @param {number} seed @param {number} outputBytes */
function step(at, seed, outputBytes) {
  const timestamp = new Date(Date.UTC(2026, 0, 1) + at * 4000).toISOString();
  if (at === 0) return { step_id: 1, timestamp, source: "user", message: text(600, seed) };
  const tools = ["Bash", "Read", "Edit", "Grep", "mcp__codegraph__find_callers"];
  const tool = tools[(at + seed) % tools.length] ?? "Bash";
  const file = `src/module-${(at * 7) % 13}.py`;
  const args =
    tool === "Bash"
      ? { command: `cd /app && grep -n "${WORDS[at % WORDS.length]}" ${file} | head -20` }
      : { file_path: file, text: text(300, at) };
  return {
    step_id: at + 1,
    timestamp,
    source: "agent",
    model_name: "claude-haiku-4-5",
    message: text(150, at + seed),
    reasoning_content: text(400, at * seed),
    tool_calls: [{ tool_call_id: `call-${at}`, function_name: tool, arguments: args }],
    observation: { results: [{ source_call_id: `call-${at}`, content: text(outputBytes, at + 3) }] },
    metrics: { prompt_tokens: 1000 + at, completion_tokens: 100, cached_tokens: 900 },
  };
}

/** @param {number} bytes @param {number} seed */
function text(bytes, seed) {
  const words = [];
  for (let length = 0, at = seed; length < bytes; at++) {
    const word = WORDS[(at * 31) % WORDS.length] ?? "";
    words.push(at % 9 === 0 ? `"${word}"\n` : word);
    length += word.length + 1;
  }
  return words.join(" ");
}

/** @param {string} dir @param {string} job @param {number} at @param {string} trajectoryText */
function writeTrial(dir, job, at, trajectoryText) {
  const task = `task-${Math.floor(at / 16)}`;
  const name = `${task}__${String(at).padStart(7, "a")}`;
  const trial = join(dir, job, name);
  const time = (/** @type {number} */ second) =>
    new Date(Date.UTC(2026, 0, 1) + at * 1000 + second * 1000).toISOString();
  const span = (/** @type {number} */ from, /** @type {number} */ to) => ({
    started_at: time(from),
    finished_at: time(to),
  });
  const config = {
    task: { path: `tasks/${task}`, source: "bench" },
    trial_name: name,
    trials_dir: `jobs/${job}`,
    agent: { name: "claude-code", model_name: "anthropic/claude-haiku-4-5", kwargs: { profile: job } },
    environment: { type: "docker", delete: true },
  };
  const result = {
    id: `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    task_name: task,
    trial_name: name,
    trial_uri: `file:///jobs/${job}/${name}`,
    task_id: { path: `tasks/${task}` },
    source: "bench",
    task_checksum: "a3f3ce22882c322191d2c7310942cae4a48642e9a25680431dfe968c03be7646",
    config,
    agent_info: {
      name: "claude-code",
      version: "2.1.0",
      model_info: { name: "claude-haiku-4-5", provider: "anthropic" },
    },
    agent_result: { n_input_tokens: 90_000, n_cache_tokens: 70_000, n_output_tokens: 4000, cost_usd: 0.12 },
    verifier_result: { rewards: { reward: at % 3 === 0 ? 1 : 0 } },
    exception_info: null,
    ...span(0, 300),
    environment_setup: span(0, 10),
    agent_setup: span(10, 20),
    agent_execution: span(20, 260),
    verifier: span(260, 290),
    step_results: null,
  };
  const tests = Array.from({ length: 8 }, (_, test) => ({
    name: `test_outputs.py::test_case_${test}`,
    status: (at + test) % 3 === 0 ? "passed" : "failed",
    duration: 0.01,
    file_path: "test_outputs.py",
  }));
  const passed = tests.filter(({ status }) => status === "passed").length;
  const ctrf = { results: { tool: { name: "pytest" }, summary: { tests: 8, passed, failed: 8 - passed }, tests } };
  mkdirSync(join(trial, "agent"), { recursive: true });
  mkdirSync(join(trial, "verifier"));
  writeFileSync(join(trial, "config.json"), JSON.stringify(config, null, 4));
  writeFileSync(join(trial, "agent", "trajectory.json"), trajectoryText);
  writeFileSync(join(trial, "verifier", "ctrf.json"), JSON.stringify(ctrf, null, 4));
  writeFileSync(join(trial, "verifier", "reward.txt"), "1\n");
  writeFileSync(join(trial, "result.json"), JSON.stringify(result, null, 4));
}
