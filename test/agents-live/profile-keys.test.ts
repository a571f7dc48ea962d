/** Every key of a Claude Code profile reaches the program: seen in what the program asks its model for. */
import { expect, test } from "vitest";
import { experiment, makeProject, task } from "../support/project.ts";
import { type ModelRequest, type ModelTurn, scriptedModel } from "../support/scripted-model.ts";
import { PLACES } from "./environments.ts";

const [place] = PLACES;

function sent({ body }: ModelRequest): string {
  return JSON.stringify(body);
}

function write({ turn }: ModelRequest): ModelTurn {
  return turn === 0
    ? {
        blocks: [{ type: "tool_use", name: "Bash", input: { command: "echo 42 > /app/answer", description: "Write" } }],
      }
    : {};
}

test("prompts, skills, tools and reasoning, and a login instead of a key", async () => {
  const model = await scriptedModel(write);
  const made = await makeProject({
    ...task("one"),
    ...experiment(
      ["one"],
      `[defaults]
agent = "claude-code"
model = "anthropic/claude-haiku-4-5"
no_mcp = true
[profiles.prompted]
system_prompt = "extra.md"
skills = ["skills/review"]
[profiles.limited]
disallowed_tools = ["WebSearch", "WebFetch"]
[profiles.allowed]
allowed_tools = ["Read"]
[profiles.unthinking]
reasoning = "none"
[profiles.effort]
model = "anthropic/claude-opus-4-6"
reasoning = "max"
[profiles.older]
model = "anthropic/claude-opus-4-1"
`,
    ),
    "extra.md": "EXTRA-SYSTEM-PROMPT with 'quotes' and $dollars\n",
    "skills/review/SKILL.md": "---\nname: review\ndescription: REVIEW-SKILL for reviews\n---\nLook twice.\n",
    "experiments/.env": `CLAUDE_CODE_OAUTH_TOKEN=sk-ant-oat01-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
  });
  expect((await made.regatta(["run", "experiments/x.toml", "--json"], place?.env)).code).toBe(0);
  const { runs } = (await made.json("results/x/0/runs/index.json")) as {
    runs: { agent_key: string; accuracy: number }[];
  };
  expect(Object.fromEntries(runs.map(({ agent_key: key, accuracy }) => [key, accuracy]))).toEqual({
    prompted: 1,
    limited: 1,
    // A tool that is not allowed is denied, and the run goes on.
    allowed: 0,
    unthinking: 1,
    effort: 1,
    older: 1,
  });
  const some = (test: (request: ModelRequest) => boolean): boolean => model.requests.some(test);
  expect(some((request) => sent(request).includes("EXTRA-SYSTEM-PROMPT with 'quotes' and $dollars"))).toBe(true);
  expect(some((request) => sent(request).includes("REVIEW-SKILL"))).toBe(true);
  expect(some(({ tools }) => tools.includes("Bash") && !tools.includes("WebSearch"))).toBe(true);
  expect(some(({ body }) => JSON.stringify(body["thinking"]) === '{"type":"disabled"}')).toBe(true);
  expect(
    some(
      ({ model: name, body }) => name === "claude-opus-4-6" && JSON.stringify(body["output_config"]).includes("max"),
    ),
  ).toBe(true);
  // By itself it would take a newer one in its place.
  expect(some(({ model: name }) => name === "claude-opus-4-1")).toBe(true);
  expect(model.requests.every(({ headers }) => headers.authorization === "Bearer sk-ant-oat01-test-0123456789")).toBe(
    true,
  );
});

test("an instruction reaches the model as the text it is, whatever it begins with", async () => {
  const model = await scriptedModel(write);
  const texts: Readonly<Record<string, string>> = {
    slash: "/clear everything in /app\n  and 'quote' \"it\" $HOME `id`\n\n",
    mention: "@/etc/hostname is what to look at, and @/etc/passwd\n",
    path: "/app/answer is to hold 42; ünïcödé ✓\n",
  };
  const made = await makeProject({
    ...Object.assign({}, ...Object.entries(texts).map(([name, instruction]) => task(name, { instruction }))),
    ...experiment(
      Object.keys(texts),
      '[profiles.a]\nagent = "claude-code"\nmodel = "anthropic/claude-haiku-4-5"\nno_mcp = true\n',
    ),
    "experiments/.env": `ANTHROPIC_API_KEY=sk-ant-test-0123456789\nANTHROPIC_BASE_URL=${model.url}\n`,
  });
  expect((await made.regatta(["run", "experiments/x.toml", "--json"], place?.env)).code).toBe(0);
  const prompts = new Set(
    model.requests.flatMap(({ body }) =>
      (body["messages"] as { content: string | { type: string; text?: string }[] }[]).flatMap(({ content }) =>
        typeof content === "string" ? [content] : content.flatMap(({ text }) => text ?? []),
      ),
    ),
  );
  // The one thing that is added: without it the first would be a command of the program's own.
  expect([...prompts]).toContain(`\n${texts["slash"]}`);
  expect([...prompts]).toContain(texts["mention"]);
  expect([...prompts]).toContain(texts["path"]);
  expect([...prompts].some((text) => text.includes("root:x:0"))).toBe(false);
});
