/** The real Claude Code and Codex through the model gateway: tokens and not keys, every token counted, budgets and bursts. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { experiment, makeProject, type Project, task } from "../support/project.ts";
import { type ModelRequest, type ModelTurn, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

const ANTHROPIC_KEY = "sk-ant-real-0123456789-anthropic";
const OPENAI_KEY = "sk-real-0123456789-openai";
const PROFILES = [
  '[profiles.claude]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nno_mcp = true\n',
  '[profiles.codex]\nagent = "codex"\nmodel = "openai/gpt-5.5"\nno_mcp = true\n',
].join("");

/** Looks around in a shell, answers, and says so. */
function works({ turn, tools }: ModelRequest): ModelTurn {
  const usage = { input: 100 + turn, cacheRead: 50, output: 10 };
  const shell = tools.includes("Bash") ? "Bash" : "exec_command";
  const commands = [
    "cat /proc/*/environ /proc/*/cmdline > /logs/artifacts/seen.txt 2>&1; env >> /logs/artifacts/seen.txt",
    "echo 42 > /app/answer",
  ];
  const command = commands[turn];
  if (command === undefined) return { blocks: [{ type: "text", text: "Done." }], usage };
  const input = shell === "Bash" ? { command, description: "Work" } : { cmd: command };
  return { blocks: [{ type: "tool_use", name: shell, input }], usage };
}

async function everything(project: Project): Promise<readonly (readonly [string, Buffer])[]> {
  const entries = await readdir(project.path("results"), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
}

interface Record {
  readonly id: { readonly profile: string };
  readonly outcome: { readonly kind: string; readonly endedBy?: { readonly kind: string } };
  readonly usage: unknown;
  readonly models: { readonly calls: number; readonly inputTokens: number; readonly outputTokens: number };
  readonly remarks: readonly string[];
}

async function records(project: Project): Promise<readonly Record[]> {
  const files = (await everything(project)).filter(([name]) => name.endsWith(".regatta/trial.json"));
  return files.map(([, text]) => (JSON.parse(text.toString()) as { record: Record }).record);
}

function keys(anthropic: string, openai = anthropic): { "experiments/.env": string } {
  const lines = [
    `ANTHROPIC_API_KEY=${ANTHROPIC_KEY}`,
    `ANTHROPIC_BASE_URL=${anthropic}`,
    `OPENAI_API_KEY=${OPENAI_KEY}`,
    `OPENAI_BASE_URL=${openai}/v1`,
  ];
  return { "experiments/.env": `${lines.join("\n")}\n` };
}

test.each(PLACES)(
  "in $environment, with a network and without: the script's tokens, and no key anywhere",
  async ({ environment, env }) => {
    const model = await scriptedModel(works);
    const isolated =
      "[environment]\nallow_internet = false\n[agent]\ntimeout_sec = 60.0\n[verifier]\ntimeout_sec = 60.0\n";
    const image = environment === "docker" ? { dockerfile: "FROM regatta-test/bookworm\nWORKDIR /app\n" } : {};
    const files = experiment(["open", "closed"], PROFILES);
    const project = await makeProject({
      ...task("open", image),
      ...task("closed", { ...image, toml: isolated }),
      "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', `"${environment}"`),
      ...keys(model.url),
    });
    const run = await project.regatta(["run", "experiments/x.toml"], env);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    const all = await records(project);
    expect(all).toHaveLength(4);
    for (const { models, remarks } of all) {
      // 100 + 101 + 102 fresh and three times 50 cached.
      expect([models, remarks]).toMatchObject([{ calls: 3, inputTokens: 453, outputTokens: 30 }, []]);
    }
    expect(model.totals).toMatchObject({ input: 4 * 303, cacheRead: 4 * 150, output: 4 * 30 });
    expect(new Set(model.requests.map(({ headers }) => headers["x-api-key"] ?? headers.authorization))).toEqual(
      new Set([ANTHROPIC_KEY, `Bearer ${OPENAI_KEY}`]),
    );
    const written = await everything(project);
    expect(written.filter(([name]) => name.endsWith("seen.txt"))).toHaveLength(4);
    for (const [name, content] of written)
      for (const key of [ANTHROPIC_KEY, OPENAI_KEY]) expect(content.includes(key), name).toBe(false);
  },
);

test("a spent budget ends both agents as an account without money would, and they are verified", async () => {
  const [place] = PLACES;
  const model = await scriptedModel(works);
  const project = await makeProject({
    ...task("t"),
    ...experiment(["t"], `[budget]\nper_trial_tokens = 200\n${PROFILES}`),
    ...keys(model.url),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], place?.env ?? {});
  expect(run.code, run.stdout + run.stderr).toBe(0);
  const all = await records(project);
  expect(all.map(({ outcome }) => [outcome.kind, outcome.endedBy?.kind])).toEqual([
    ["scored", "budget"],
    ["scored", "budget"],
  ]);
  // Two calls of 160 tokens each went through.
  expect(all.map(({ models }) => models.calls)).toEqual([2, 2]);
});

test("a burst of refusals is waited out here: neither agent sees it", async () => {
  const [place] = PLACES;
  let burst = 6;
  const model = await scriptedModel((request) => {
    burst -= 1;
    if (burst < 0) return works(request);
    return burst % 2 === 0
      ? { status: 429, error: { type: "rate_limit_error", message: "slow down" }, headers: { "retry-after": "1" } }
      : { status: 529, error: { type: "overloaded_error", message: "Overloaded" } };
  });
  const project = await makeProject({
    ...task("t"),
    ...experiment(
      ["t"],
      PROFILES.replace("no_mcp", 'set_env = { CLAUDE_CODE_MAX_RETRIES = "0" }\nno_mcp'),
      "attempts = 2\nparallel = 4",
    ),
    ...keys(model.url),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], place?.env ?? {});
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect((await records(project)).map(({ models }) => models.calls)).toEqual([3, 3, 3, 3]);
});
