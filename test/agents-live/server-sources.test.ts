/** The experiment that the format was made for: Claude Code alone, with a server from git, with a server and its hooks, and with one from npm. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { experiment, makeProject, type Project, task } from "../support/project.ts";
import { type ModelRequest, type ModelTurn, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

/** MCP over stdin in a page of Python: it needs nothing but the language, and is installed as a project all the same. */
const PYTHON_SERVER = `
import json, sys
from canvas import NAME

def main():
    for line in sys.stdin:
        message = json.loads(line)
        method, params = message.get("method"), message.get("params") or {}
        if "id" not in message:
            continue
        if method == "initialize":
            result = {"protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": NAME, "version": "1"}}
        elif method == "tools/list":
            result = {"tools": [{"name": "draw", "description": "Draw", "inputSchema": {"type": "object", "properties": {}}}]}
        else:
            result = {"content": [{"type": "text", "text": "drawn by python " + sys.prefix}]}
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)

if __name__ == "__main__":
    main()
`;

const PYTHON_HOOK = `
import json, os, sys
event = json.load(sys.stdin)
folder = os.path.join(os.environ["CLAUDE_CONFIG_DIR"], "codecanvas")
os.makedirs(folder, exist_ok=True)
with open(os.path.join(folder, "state.jsonl"), "a") as state:
    state.write(json.dumps({"event": event["hook_event_name"], "tool": event.get("tool_name")}) + "\\n")
`;

async function repository(project: Project): Promise<string> {
  await project.write({
    "canvas-repo/pyproject.toml":
      '[project]\nname = "canvas"\nversion = "0.1.0"\nrequires-python = ">=3.9"\n[build-system]\nrequires = ["setuptools>=64"]\nbuild-backend = "setuptools.build_meta"\n[tool.setuptools]\npackages = ["canvas"]\n',
    "canvas-repo/canvas/__init__.py": 'NAME = "canvas"\n',
    "canvas-repo/canvas/server.py": PYTHON_SERVER,
    "canvas-repo/canvas/hook.py": PYTHON_HOOK,
  });
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: project.path("canvas-repo"),
    });
  };
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "A server");
  return `file://${project.path("canvas-repo")}`;
}

/** One call of every server's tool there is, then the answer. */
function script({ turn, tools }: ModelRequest): ModelTurn {
  const draw = tools.find((name) => name.endsWith("__draw"));
  const list = tools.find((name) => name.endsWith("__list_allowed_directories"));
  const calls = [draw, list].filter((name) => name !== undefined);
  const call = calls[turn];
  if (call !== undefined) return { blocks: [{ type: "tool_use", name: call, input: {} }] };
  if (turn === calls.length)
    return {
      blocks: [{ type: "tool_use", name: "Bash", input: { command: "echo 42 > /app/answer", description: "Write" } }],
    };
  return {};
}

const uv = (module: string): object => ({ command: "uv", args: ["run", "python", "-m", module] });

async function seen(project: Project): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for (const job of (await readdir(project.path("results/x/0/runs"))).filter((name) => name !== "index.json")) {
    const trial = (await readdir(project.path(`results/x/0/runs/${job}`))).find((name) => name.startsWith("one")) ?? "";
    const { seen: found } = (await project.json(`results/x/0/runs/${job}/${trial}/.regatta/treatment.json`)) as {
      seen: {
        servers: { name: string; status: string; calls: number; errors: number }[];
        hooks: { event: string; runs: number; failures: number }[];
      };
    };
    all[job.replace(/^.*__/, "")] = [
      ...found.servers.map(({ name, status, calls, errors }) => [name, status, calls, errors]),
      ...found.hooks.map(({ event, runs, failures }) => [event, runs, failures]),
    ];
  }
  return all;
}

test("servers and hooks of a Python project in git, by uv run, with what they leave mirrored", async () => {
  const [place] = PLACES;
  if (place === undefined) throw new Error("there is always local");
  const model = await scriptedModel(script, place.host);
  const made = await makeProject({
    ...task("one"),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
  });
  const source = await repository(made);
  await made.write({
    ...experiment(
      ["one"],
      `[defaults]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nreasoning = "low"\nmcp_git_source = "${source}"\nmcp_git_ref = "main"\n[artifacts]\ntargets = ["codecanvas"]\n[profiles.text]\nno_mcp = true\n[profiles.codegraph]\nmcp_servers = ["codegraph"]\n[profiles.codecanvas]\nextends = "codegraph"\nmcp_servers = ["codecanvas"]\nhooks = "codecanvas/hooks.json"\n[mcp_aliases]\ncodegraph = "locagent"\n`,
    ),
    "locagent/.mcp.json": JSON.stringify({ mcpServers: { codegraph: uv("canvas.server") } }),
    "locagent/USAGE.md": "LOCAGENT-USAGE\n",
    "codecanvas/.mcp.json": JSON.stringify({ mcpServers: { codecanvas: uv("canvas.server") } }),
    "codecanvas/hooks.json": JSON.stringify({
      hooks: {
        PostToolUse: [
          { matcher: "Bash", hooks: [{ type: "command", command: "uv run python -m canvas.hook", timeout: 20 }] },
        ],
      },
    }),
  });
  // Of this machine: no download of a Python is needed for it.
  const env = { ...place.env, UV_PYTHON_PREFERENCE: "only-system" };
  const { code, stderr } = await made.regatta(["run", "experiments/x.toml"], env);
  expect([code, stderr]).toEqual([0, expect.stringContaining("3 scored")]);
  expect(await seen(made)).toEqual({
    text: [],
    codegraph: [["codegraph", "connected", 1, 0]],
    codecanvas: [
      ["codecanvas", "connected", 1, 0],
      ["PostToolUse", 1, 0],
    ],
  });
  expect(model.requests.filter(({ body }) => JSON.stringify(body["system"]).includes("LOCAGENT-USAGE")).length).toBe(3);
  expect(model.requests.some(({ body }) => JSON.stringify(body).includes("drawn by python /opt/regatta/"))).toBe(true);
  const [trial = ""] = (await made.list("results/x/0/artifacts/codecanvas")).filter((name) => name.startsWith("one"));
  const mirrored = (await made.list("results/x/0/artifacts/codecanvas")).map((name) =>
    existsSync(made.path(`results/x/0/artifacts/codecanvas/${name}/state.jsonl`)),
  );
  expect([trial, mirrored]).toEqual([expect.stringMatching(/^one/), [true]]);
  // The commit, not the branch, is what was raced.
  const lock = await made.read("results/x/0/.regatta/launches/0/plan.lock.json");
  expect(lock).toMatch(/"commit": "[0-9a-f]{40}"/);
  expect((await made.regatta(["plan", "experiments/x.toml"], env)).stdout).toMatch(
    /server codegraph: python file:.* at main .*\([0-9a-f]{12}\)/,
  );
});

test.each(PLACES)("a server from npm in $environment, by npx", async ({ environment, host, env }) => {
  const model = await scriptedModel(script, host);
  const made = await makeProject({
    ...task("one"),
    ...experiment(
      ["one"],
      '[profiles.files]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nmcp_servers = ["filesystem"]\n[mcp.filesystem]\nnpm = "@modelcontextprotocol/server-filesystem@2026.8.31"\n',
    ),
    "filesystem/.mcp.json": JSON.stringify({
      mcpServers: { filesystem: { command: "npx", args: ["-y", "@modelcontextprotocol/server-filesystem", "/app"] } },
    }),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
  });
  const toml = await made.read("experiments/x.toml");
  await made.write({ "experiments/x.toml": toml.replace('"local"', `"${environment}"`) });
  await mkdir(made.path("results"), { recursive: true });
  expect((await made.regatta(["run", "experiments/x.toml"], env)).code).toBe(0);
  expect(await seen(made)).toEqual({ files: [["filesystem", "connected", 1, 0]] });
  expect(model.requests.some(({ body }) => JSON.stringify(body).includes("Allowed directories"))).toBe(true);
});
