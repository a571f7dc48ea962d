/** Models called through the gateway by the real program: keys stay outside, what was used is known, budgets hold. */
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ModelCall } from "../../src/contract/model-call.ts";
import { scriptedProvider } from "../gateway/scripted-provider.ts";
import { command, experiment, makeProject, NOP, task, type Project } from "../support/project.ts";

const KEY = "sk-ant-real-0123456789-secret-key";

/** Its first argument is how often it asks its model; the answers are its log. */
const AGENT = readFileSync(new URL("asking-agent.sh", import.meta.url), "utf8");

/** A dollar a million in, five out: 1500 and 100 are a fifth of a cent. */
const TURN = { input: 1500, output: 100 };
const CALL_USD = (1500 + 500) / 1e6;

function asking(key: string, times: number, url: string, more = ""): string {
  const argv = JSON.stringify(["bash", "-c", AGENT, "agent", String(times)]);
  return `[profiles.${key}]\nagent = "command"\ncommand = ${argv}\nenv = ["ANTHROPIC_API_KEY"]\nset_env = { ANTHROPIC_BASE_URL = "${url}" }\n${more}\n`;
}

async function traces(project: Project): Promise<readonly ModelCall[]> {
  const files = (await readdir(project.path("results"), { recursive: true })).filter((name) =>
    name.endsWith("model-calls.jsonl"),
  );
  const texts = await Promise.all(files.map((name) => readFile(join(project.path("results"), name), "utf8")));
  return texts.flatMap((text) =>
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as ModelCall),
  );
}

async function records(project: Project): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const files = (await readdir(project.path("results"), { recursive: true })).filter((name) =>
    name.endsWith(".regatta/trial.json"),
  );
  return Promise.all(
    files.map(
      async (name) => ((await project.json(join("results", name))) as { record: Record<string, unknown> }).record,
    ),
  );
}

test("an agent works with a token, its key is nowhere, and its calls are counted to the token", async () => {
  const provider = await scriptedProvider(() => TURN);
  const isolated =
    "[environment]\nallow_internet = false\n[agent]\ntimeout_sec = 20.0\n[verifier]\ntimeout_sec = 20.0\n";
  const project = await makeProject({
    ...task("open"),
    ...task("closed", { toml: isolated }),
    ...experiment(["open", "closed"], asking("a", 3, provider.url)),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], { ANTHROPIC_API_KEY: KEY });
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(provider.asked).toHaveLength(6);
  expect(provider.asked.every(({ headers }) => headers["x-api-key"] === KEY)).toBe(true);
  const calls = await traces(project);
  expect(calls.map(({ seq, tokens }) => `${seq} ${tokens?.input} ${tokens?.output}`).toSorted()).toEqual(
    [1, 1, 2, 2, 3, 3].map((seq) => `${seq} 1500 100`),
  );
  for (const record of await records(project)) {
    expect(record).toMatchObject({
      usage: { inputTokens: 4500, outputTokens: 300 },
      models: { calls: 3, unmetered: 0, inputTokens: 4500, outputTokens: 300, models: ["claude-haiku-4-5"] },
      remarks: [],
    });
    expect((record["usage"] as { costUsd: number }).costUsd).toBeCloseTo(3 * CALL_USD, 9);
  }
  const names = await readdir(project.dir, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files) expect((await readFile(file)).includes(KEY), file).toBe(false);
  const environments = files.filter((file) => file.endsWith("env.txt"));
  expect(environments).toHaveLength(2);
  for (const file of environments) expect(await readFile(file, "utf8")).toMatch(/^ANTHROPIC_API_KEY=rgt-/m);
});

test("a trial's budget ends its agent, which is verified; a batch's budget ends the run, profiles equally far", async () => {
  const provider = await scriptedProvider(() => TURN);
  const files = (budget: string): Record<string, string> => ({
    ...task("t"),
    ...experiment(
      ["t"],
      `[budget]\n${budget}\n${asking("a", 3, provider.url)}${asking("b", 1, provider.url)}`,
      "attempts = 3\nparallel = 1",
    ),
  });
  const tight = await makeProject(files(`per_trial_usd = ${1.5 * CALL_USD}`));
  const first = await tight.regatta(["run", "experiments/x.toml"], { ANTHROPIC_API_KEY: KEY });
  expect(first.code, first.stderr).toBe(0);
  const outcomes = (await records(tight)).map(
    ({ id, outcome }) =>
      `${(id as { profile: string }).profile} ${(outcome as { endedBy: { kind: string } }).endedBy.kind}`,
  );
  expect(outcomes.toSorted()).toEqual(["a budget", "a budget", "a budget", "b done", "b done", "b done"]);

  const spent = await makeProject(files(`max_cost_usd = ${4.5 * CALL_USD}`));
  const second = await spent.regatta(["run", "experiments/x.toml"], { ANTHROPIC_API_KEY: KEY });
  expect(second.code).toBe(1);
  expect(second.stdout + second.stderr).toContain("the batch's budget is spent");
  // Three calls of a, one of b, one of the next: then nothing starts.
  expect((await traces(spent)).filter(({ ended }) => ended === "complete")).toHaveLength(5);
  expect(await records(spent)).toHaveLength(3);
  // Going on with the same budget asks for nothing more.
  const third = await spent.regatta(["run", "experiments/x.toml", "--batch", "0"], { ANTHROPIC_API_KEY: KEY });
  expect(third.code).toBe(1);
  expect((await traces(spent)).filter(({ ended }) => ended === "complete")).toHaveLength(5);
});

test("what cannot be kept or reached is said before anything starts", async () => {
  const price = "https://example.invalid";
  const project = await makeProject({
    ...task("t"),
    ...experiment(["t"], `[budget]\nmax_cost_usd = 1\n${asking("a", 1, price, 'model = "anthropic/unheard-of"')}`),
  });
  const env = { ANTHROPIC_API_KEY: KEY };
  const unknown = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("[gateway.prices]");
  const priced = '[gateway.prices]\n"anthropic/unheard-of" = { input = 1.0, output = 2.0 }\n';
  await project.write(
    experiment(
      ["t"],
      `${priced}[budget]\nmax_cost_usd = 1\n${asking("a", 1, price, 'model = "anthropic/unheard-of"')}`,
    ),
  );
  expect((await project.regatta(["plan", "experiments/x.toml"], env)).code).toBe(0);
  await project.write(experiment(["t"], `[gateway]\nmode = "off"\n[budget]\nmax_tokens = 1\n${asking("a", 1, price)}`));
  const off = await project.regatta(["plan", "experiments/x.toml"], env);
  expect(off.code).toBe(2);
  expect(off.stderr).toContain('[gateway] mode = "off"');
});

test("a key that dies in the middle stops the run at its first call, by name; without the gateway the key goes in", async () => {
  const provider = await scriptedProvider(() => ({ status: 401, body: '{"error":{"type":"authentication_error"}}' }));
  const project = await makeProject({
    ...task("t"),
    ...experiment(["t"], asking("a", 3, provider.url) + NOP, "attempts = 4\nparallel = 1"),
  });
  const dead = await project.regatta(["run", "experiments/x.toml"], { ANTHROPIC_API_KEY: KEY });
  expect(dead.code).toBe(1);
  expect(dead.stdout + dead.stderr).toContain("does not take the key in ANTHROPIC_API_KEY");
  expect(dead.stderr).toMatch(
    /^to go on: give a key that the provider takes, then: regatta run experiments\/x\.toml$/m,
  );
  expect(provider.asked).toHaveLength(1);
  await project.write(
    experiment(
      ["t"],
      `[gateway]\nmode = "off"\n${command("direct", '[ "$ANTHROPIC_API_KEY" = "$(cat /logs/artifacts/none 2>/dev/null; printf %s "$EXPECTED")" ] && echo 42 > /app/answer', `env = ["ANTHROPIC_API_KEY", "EXPECTED"]`)}`,
    ),
  );
  const off = await project.regatta(["run", "experiments/x.toml", "--new"], { ANTHROPIC_API_KEY: KEY, EXPECTED: KEY });
  expect(off.code, off.stderr).toBe(0);
  expect(off.stderr).toContain("the gateway is off");
});
