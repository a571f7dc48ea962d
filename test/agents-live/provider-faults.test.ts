/** What a provider can do wrong, seen through the real agents: whose fault it was, what was counted, and whether the trial says anything. */
import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { experiment, makeProject, type Project, task } from "../support/project.ts";
import { type Block, type ModelRequest, type ModelTurn, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

const TASK = { toml: "[agent]\ntimeout_sec = 60.0\n[verifier]\ntimeout_sec = 20.0\n" };
const WRITE: Block = {
  type: "tool_use",
  name: "Bash",
  input: { command: "echo 42 > /app/answer", description: "Write" },
};
const BIG: Block = {
  type: "tool_use",
  name: "Bash",
  input: {
    command: "head -c 10000000 /dev/zero | tr '\\0' x; printf '\\377\\376'; echo 42 > /app/answer",
    description: "Much",
  },
};
const DONE: ModelTurn = { blocks: [{ type: "text", text: "Done." }], usage: { input: 7, output: 3 } };

function refused(status: number, type: string, message: string, headers = {}): ModelTurn {
  return { status, error: { type, message }, headers };
}

/** By the profile's prompt, which names the fault. */
const FAULTS: Readonly<Record<string, (request: ModelRequest) => ModelTurn>> = {
  "401": () => refused(401, "authentication_error", "invalid x-api-key"),
  "403": () => refused(403, "permission_error", "no access to this model"),
  "404": () => refused(404, "not_found_error", "model: claude-haiku-4-5"),
  "429": (request) =>
    firstTime(request) ? refused(429, "rate_limit_error", "slow down", { "retry-after": "1" }) : well(request),
  "429-always": () => refused(429, "rate_limit_error", "slow down", { "retry-after": "0" }),
  "500": () => refused(500, "api_error", "Internal server error"),
  "529": () => refused(529, "overloaded_error", "Overloaded"),
  cut: (request) =>
    request.turn === 0
      ? { blocks: [{ type: "text", text: "I" }, WRITE], usage: { input: 11, output: 4 } }
      : { ...DONE, cutAfter: 0 },
  stalled: (request) =>
    request.turn === 0 ? { blocks: [WRITE], usage: { input: 11, output: 4 } } : { ...DONE, stallAfter: 0 },
  refusal: () => ({ blocks: [{ type: "text", text: "I" }], stop: "refusal" }),
  "max-tokens": () => ({ blocks: [{ type: "text", text: "Too long" }], stop: "max_tokens" }),
  "max-turns": () => ({ blocks: [WRITE] }),
  big: (request) => (request.turn === 0 ? { blocks: [BIG], usage: { input: 11, output: 4 } } : DONE),
};

const seen = new Set<string>();
function firstTime({ prompt }: ModelRequest): boolean {
  const known = seen.has(prompt);
  seen.add(prompt);
  return !known;
}

function well({ turn }: ModelRequest): ModelTurn {
  return turn === 0 ? { blocks: [WRITE], usage: { input: 11, output: 4 } } : DONE;
}

function script(request: ModelRequest): ModelTurn {
  const name = /\[\[([\w-]+)\]\]/.exec(JSON.stringify(request.body["messages"] ?? request.body["input"]))?.[1] ?? "";
  return (FAULTS[name] ?? well)(request);
}

/** What the programs themselves make of a fault: the gateway would wait it out, or end the run at a dead key. */
const DIRECT = '[gateway]\nmode = "off"\n';

interface Seen {
  readonly outcome: string;
  readonly tokens: readonly (number | null)[];
  readonly trajectory: boolean;
}

async function trials(made: Project): Promise<Record<string, Seen>> {
  const { runs } = (await made.json("results/x/0/runs/index.json")) as {
    runs: {
      agent_key: string;
      outcome: string;
      reason: string | null;
      accuracy: number | null;
      results_json: string;
      trajectory_json: string | null;
    }[];
  };
  const all: Record<string, Seen> = {};
  for (const {
    agent_key: key,
    outcome,
    reason,
    accuracy,
    results_json: results,
    trajectory_json: trajectory,
  } of runs) {
    const { agent_result: usage } = (await made.json(`results/x/0/${results}`)) as {
      agent_result: { n_input_tokens: number | null; n_output_tokens: number | null } | null;
    };
    all[key] = {
      outcome: [outcome, reason, accuracy].filter((part) => part !== null).join(" "),
      tokens: [usage?.n_input_tokens ?? null, usage?.n_output_tokens ?? null],
      trajectory: trajectory !== null,
    };
  }
  return all;
}

async function treatment(made: Project, profile: string): Promise<unknown> {
  const { runs } = (await made.json("results/x/0/runs/index.json")) as {
    runs: { agent_key: string; results_json: string }[];
  };
  const results = runs.find(({ agent_key: key }) => key === profile)?.results_json ?? "";
  const file = `results/x/0/${results.replace(/result\.json$/, ".regatta/treatment.json")}`;
  return ((await made.json(file)) as { seen: { servers: unknown } }).seen.servers;
}

test("Claude Code: each fault of its provider has its class, and what was answered is counted", async () => {
  const [place] = PLACES;
  if (place === undefined) throw new Error("there is always local");
  const model = await scriptedModel(script, place.host);
  const names = Object.keys(FAULTS);
  const profiles = names
    .map(
      (name) => `[profiles."${name}"]\nprompt = "prompts/${name}.md"\n${name === "max-turns" ? "max_turns = 2\n" : ""}`,
    )
    .join("");
  const made = await makeProject({
    ...task("one", TASK),
    ...experiment(
      ["one"],
      `${DIRECT}[defaults]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nno_mcp = true\nset_env = { CLAUDE_CODE_MAX_RETRIES = "1" }\n${profiles}`,
      "agent_timeout_sec = 25\nparallel = 3",
    ),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
    ...Object.fromEntries(names.map((name) => [`prompts/${name}.md`, `[[${name}]]\n`])),
  });
  expect((await made.regatta(["run", "experiments/x.toml"], place.env)).code).toBe(1);
  const outcomes = Object.fromEntries(Object.entries(await trials(made)).map(([key, { outcome }]) => [key, outcome]));
  expect(outcomes).toEqual({
    "401": "not-scored infrastructure(api-authentication)",
    "403": "not-scored infrastructure(api-authentication)",
    "404": "not-scored infrastructure(api-model-not-found)",
    "429": "scored 1",
    "429-always": "not-scored infrastructure(api-rate-limit)",
    "500": "not-scored infrastructure(api-server-error)",
    "529": "not-scored infrastructure(api-overload)",
    cut: "not-scored infrastructure(api-network)",
    stalled: "scored agent-timeout 1",
    refusal: "scored agent-exit(1) 0",
    "max-tokens": "scored agent-exit(1) 0",
    "max-turns": "scored max-turns 1",
    big: "scored 1",
  });
  const all = await trials(made);
  expect(all["429"]).toMatchObject({ tokens: [18, 7], trajectory: true });
  expect(all["cut"]).toMatchObject({ tokens: [11, 4], trajectory: true });
  expect(all["stalled"]).toMatchObject({ tokens: [11, 4], trajectory: true });
  expect(all["big"]).toMatchObject({ tokens: [18, 7], trajectory: true });
  const jobs = await readdir(made.path("results/x/0/runs"));
  expect(jobs.length).toBe(names.length + 1);
});

test("Codex: a server that is there, one that is not, and its provider's faults", async () => {
  const [place] = PLACES;
  if (place === undefined) throw new Error("there is always local");
  const model = await scriptedModel((request) => {
    const fault = /\[\[([\w-]+)\]\]/.exec(JSON.stringify(request.body["input"]))?.[1];
    if (fault === "401") return refused(401, "invalid_api_key", "Incorrect API key provided");
    if (fault === "429") return refused(429, "insufficient_quota", "You exceeded your current quota");
    // Its tools are found by a search; the prompt of the server names them.
    const look = JSON.stringify(request.body).includes("PEEK-USAGE") ? "mcp__peek/look" : undefined;
    const usage = { input: 20, cacheRead: 5, output: 4 };
    if (look !== undefined && request.turn === 0)
      return { blocks: [{ type: "tool_use", name: look, input: {} }], usage };
    if (request.turn === (look === undefined ? 0 : 1))
      return { blocks: [{ type: "tool_use", name: "exec_command", input: { cmd: "echo 42 > /app/answer" } }], usage };
    return { blocks: [{ type: "text", text: "Done." }], usage };
  }, place.host);
  const made = await makeProject({
    ...task("one", TASK),
    ...experiment(
      ["one"],
      `${DIRECT}[defaults]\nagent = "codex"\nmodel = "openai/gpt-5.5"\nreasoning = "low"\n[profiles.plain]\nno_mcp = true\n[profiles.mcp]\nmcp_servers = ["peek"]\n[profiles.gone]\nmcp_servers = ["gone"]\n[profiles."401"]\nno_mcp = true\nprompt = "prompts/401.md"\n[profiles."429"]\nno_mcp = true\nprompt = "prompts/429.md"\n`,
      "agent_timeout_sec = 40",
    ),
    "experiments/.env": `OPENAI_API_KEY=sk-test-0123456789\nOPENAI_BASE_URL=${model.url}/v1\n`,
    "peek/.mcp.json": JSON.stringify({ mcpServers: { peek: { command: "node", args: ["server.js"] } } }),
    "peek/USAGE.md": "PEEK-USAGE: look first.\n",
    "peek/server.js": `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method, params } = JSON.parse(line);
      const result = method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "peek", version: "1" } }
        : method === "tools/list" ? { tools: [{ name: "look", description: "Look", inputSchema: { type: "object", properties: {} } }] }
        : { content: [{ type: "text", text: "seen" }] };
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });`,
    // It answers whoever is not Codex.
    "gone/.mcp.json": JSON.stringify({ mcpServers: { gone: { command: "node", args: ["server.js"] } } }),
    "gone/server.js": `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method, params } = JSON.parse(line);
      if (method === "initialize" && params.clientInfo.name !== "regatta") process.exit(1);
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: method === "initialize" ? { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "gone", version: "1" } } : { tools: [] } }));
    });`,
    "prompts/401.md": "[[401]]\n",
    "prompts/429.md": "[[429]]\n",
  });
  expect((await made.regatta(["run", "experiments/x.toml"], place.env)).code).toBe(1);
  expect(await trials(made)).toMatchObject({
    plain: { outcome: "scored 1", tokens: [50, 8], trajectory: true },
    mcp: { outcome: "scored 1", tokens: [75, 12], trajectory: true },
    gone: { outcome: "not-scored not-treated(treatment-missing)" },
    "401": { outcome: "not-scored infrastructure(api-authentication)" },
    "429": { outcome: "not-scored infrastructure(api-quota)" },
  });
  expect(await treatment(made, "mcp")).toEqual([
    { name: "peek", status: "connected", tools: null, calls: 1, errors: 0 },
  ]);
  expect(model.requests.every(({ body }) => JSON.stringify(body["reasoning"]).includes('"low"'))).toBe(true);
});
