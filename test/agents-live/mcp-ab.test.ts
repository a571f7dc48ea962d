/** examples/mcp-ab with the real Claude Code: an MCP server and a hook that are really there, and counted. */
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { makeProject, type Project } from "../support/project.ts";
import { type Block, type ModelRequest, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../examples/mcp-ab");

/** Renames by an edit per file, after a look at the MCP server where there is one. */
function renames(request: ModelRequest): {
  blocks: Block[];
  usage: { input: number; cacheRead: number; output: number };
} {
  const usage = { input: 100 + request.turn, cacheRead: 1000, output: 20 };
  const files = ["lib/log.sh", "lib/orders.sh", "lib/customers.sh"];
  const searches = request.tools.includes("mcp__code-search__find_symbol");
  const steps: Block[] = [
    ...(searches
      ? [{ type: "tool_use" as const, name: "mcp__code-search__find_symbol", input: { name: "log_line" } }]
      : [
          {
            type: "tool_use" as const,
            name: "Bash",
            input: { command: "grep -rn log_line /app", description: "Look" },
          },
        ]),
    ...files.flatMap((file): Block[] => [
      { type: "tool_use", name: "Read", input: { file_path: `/app/${file}` } },
      {
        type: "tool_use",
        name: "Edit",
        input: { file_path: `/app/${file}`, old_string: "log_line", new_string: "log_message", replace_all: true },
      },
    ]),
  ];
  const step = steps[request.turn];
  return step === undefined
    ? { blocks: [{ type: "text", text: "Renamed." }], usage }
    : { blocks: [{ type: "thinking", thinking: "Next." }, step], usage };
}

async function example(environment: string, url: string): Promise<Project> {
  const project = await makeProject({
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${url}\n`,
  });
  for (const part of ["code-search", "tasks"]) await cp(join(EXAMPLE, part), project.path(part), { recursive: true });
  const toml = await readFile(join(EXAMPLE, "experiments/mcp-ab.toml"), "utf8");
  await mkdir(project.path("experiments"), { recursive: true });
  await writeFile(
    project.path("experiments/mcp-ab.toml"),
    toml
      .replace(/^#:schema.*\n/, "")
      .replace("attempts = 3", "attempts = 1")
      .replace('container_env = "local"', `container_env = "${environment}"`),
  );
  return project;
}

test.each(PLACES)(
  "three profiles in $environment: each is what it says, and its tokens are the script's",
  async ({ environment, host, env }) => {
    const model = await scriptedModel(renames, host);
    const project = await example(environment, model.url);
    const { code, stdout, stderr } = await project.regatta(
      ["run", "experiments/mcp-ab.toml", "--tasks", "rename-helper", "--json"],
      env,
    );
    expect([code, stderr]).toEqual([0, ""]);
    const seen: Record<string, unknown> = {};
    let tokens = { input: 0, output: 0 };
    for (const job of (await readdir(project.path("results/mcp-ab/0/runs"))).filter((name) => name !== "index.json")) {
      const [trial = ""] = (await readdir(project.path(`results/mcp-ab/0/runs/${job}`))).filter((name) =>
        name.startsWith("rename"),
      );
      const at = `results/mcp-ab/0/runs/${job}/${trial}`;
      const treatment = (await project.json(`${at}/.regatta/treatment.json`)) as {
        seen: {
          servers: { name: string; status: string; tools: number; calls: number }[];
          hooks: { event: string; runs: number; failures: number }[];
          effective_reasoning: string;
        };
        missing: string[];
      };
      const result = (await project.json(`${at}/result.json`)) as {
        agent_result: { n_input_tokens: number; n_output_tokens: number };
        verifier_result: { rewards: { reward: number } };
      };
      expect(treatment.missing).toEqual([]);
      expect(treatment.seen.effective_reasoning).toBe("thinking budget 4000");
      const { servers, hooks } = treatment.seen;
      seen[job.replace(/^.*__/, "")] = [
        result.verifier_result.rewards.reward,
        servers.map(({ name, status, tools, calls }) => [name, status, tools, calls]),
        hooks.map(({ event, runs, failures }) => [event, runs, failures]),
      ];
      tokens = {
        input: tokens.input + result.agent_result.n_input_tokens,
        output: tokens.output + result.agent_result.n_output_tokens,
      };
    }
    const server = ["code-search", "connected", 3, 1];
    expect(seen).toEqual({
      text: [1, [], []],
      mcp: [1, [server], []],
      "mcp-hooks": [1, [server], [["PostToolUse", 3, 0]]],
    });
    expect(tokens).toEqual({ input: model.totals.input + model.totals.cacheRead, output: model.totals.output });
    // What the hook says reaches the model.
    expect(model.requests.some(({ body }) => JSON.stringify(body).includes("is used elsewhere; check these"))).toBe(
      true,
    );
    expect(model.requests.every(({ body }) => JSON.stringify(body["thinking"]).includes("4000"))).toBe(true);
    expect(stdout).not.toContain("sk-ant-test");
  },
);
