/**
 * A program that behaves like Harbor as far as a caller can see: prints its version, reads a JobConfig, writes job and trial
 * directories in Harbor's format. What it does with a trial stands in the task's instruction.
 */
export const FAKE_HARBOR = `#!/usr/bin/env node
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const args = process.argv.slice(2);
if (args[0] === "--version") { console.log(process.env.FAKE_VERSION ?? "0.24.0"); process.exit(0); }
if (args[0] !== "run" || args[1] !== "-c") { console.error("usage"); process.exit(64); }
const config = JSON.parse(readFileSync(args[2], "utf8"));
appendFileSync(join(process.cwd(), "calls.jsonl"), JSON.stringify({ config, env: process.env, pid: process.pid }) + "\\n");
const job = join(config.jobs_dir, config.job_name);
if (existsSync(job)) { console.error("FileExistsError: " + job); process.exit(1); }
const agent = config.agents[0];
if (agent.kwargs.broken) { console.error("Traceback: no such agent, key " + process.env.SOME_KEY); process.exit(2); }
mkdirSync(job, { recursive: true });
write(join(job, "config.json"), config);
const tasks = [
  ...config.tasks.map(({ path }) => path),
  ...config.datasets.flatMap(({ path, task_names }) => task_names.map((name) => join(path, name))),
];
let stop = null;
process.on("SIGINT", () => { if (agent.kwargs.stubborn) return; stop?.(); });
const interrupted = new Promise((resolve) => (stop = resolve));
let cancelled = false;
void interrupted.then(() => (cancelled = true));
if (agent.kwargs.stubborn) spawn("sleep", ["90021"], { stdio: "ignore" });
for (let attempt = 0; attempt < config.n_attempts; attempt++) {
  for (const path of tasks) {
    if (cancelled) break;
    const task = basename(path);
    const name = task.slice(0, 32) + "__" + Math.random().toString(36).slice(2, 9).padEnd(7, "x");
    const dir = join(job, name);
    mkdirSync(join(dir, "agent", "sessions", "notes"), { recursive: true });
    writeFileSync(join(dir, "agent", "sessions", "notes", "note.txt"), task);
    write(join(dir, "config.json"), { task: { path }, trial_name: name, agent });
    const started_at = new Date().toISOString();
    const says = readFileSync(join(path, "instruction.md"), "utf8").trim();
    if (says === "wait") { const alive = setInterval(() => {}, 1000); await interrupted; clearInterval(alive); }
    if (says === "hang") await new Promise(() => setInterval(() => {}, 1000));
    const [kind, value] = says.split(" ");
    const exception = cancelled ? "CancelledError" : kind === "raise" ? value : null;
    write(join(dir, "result.json"), {
      id: name, task_name: task, trial_name: name, started_at, finished_at: new Date().toISOString(),
      agent_info: { name: agent.name, version: "1.0" },
      verifier_result: kind === "reward" && !cancelled ? { rewards: { reward: Number(value) } } : null,
      exception_info: exception === null ? null : { exception_type: exception, exception_message: "it said so" },
    });
  }
}
function write(path, value) { writeFileSync(path + ".tmp", JSON.stringify(value)); renameSync(path + ".tmp", path); }
`;
