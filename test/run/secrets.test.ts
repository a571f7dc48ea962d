import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, experiment, makeProject, ORACLE, task } from "../support/project.ts";

const KEY = "sk-live-4f9a8b7c6d5e4f3a2b1c";
const TOKEN = "tok/with+odd=chars&0123456789";
const UNLISTED = "never-let-in-918273645";

async function everythingUnder(dir: string): Promise<[string, Buffer][]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry): Promise<[string, Buffer]> => {
        const path = join(entry.parentPath, entry.name);
        return [path, await readFile(path)];
      }),
  );
}

test("no value of the env file or of a variable let in is in anything that is written or printed", async () => {
  const project = await makeProject({
    ...task("t", {
      toml: '[verifier]\ntimeout_sec = 20.0\n[verifier.env]\nJUDGE = "${HOST_TOKEN}"\n',
      test: 'echo "judge $JUDGE"; echo 1 > /logs/verifier/reward.txt',
    }),
    "experiments/.env": `API_KEY=${KEY}\nOTHER=${UNLISTED}\n`,
    ...experiment(
      ["t"],
      [
        command(
          "leaks",
          'echo "key $API_KEY"; echo "$API_KEY" >&2; printf "%s" "$API_KEY" | cut -c1-10; echo "$API_KEY" > /logs/agent/key.txt; printf "{\\"k\\":\\"%s\\"}" "$API_KEY" > /logs/artifacts/k.json; env; exit 4',
          'env = ["API_KEY", "HOST_TOKEN"]',
        ),
        command("dies", 'echo "$API_KEY"; exec /nonexistent-"$API_KEY"', 'env = ["API_KEY"]'),
        command("outside", '[ -z "$API_KEY$HOST_TOKEN$OTHER" ] && echo clean', ""),
      ].join(""),
    ),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], { HOST_TOKEN: TOKEN });
  const plan = await project.regatta(["plan", "experiments/x.toml", "--explain"], { HOST_TOKEN: TOKEN });
  const planJson = await project.regatta(["plan", "experiments/x.toml", "--json"], { HOST_TOKEN: TOKEN });
  const written = await everythingUnder(project.path("results"));
  expect(written.length).toBeGreaterThan(20);
  for (const secret of [KEY, TOKEN, UNLISTED]) {
    const where = written.filter(([, content]) => content.includes(secret)).map(([path]) => path);
    expect(where).toEqual([]);
    for (const printed of [run, plan, planJson]) expect(printed.stdout + printed.stderr).not.toContain(secret);
  }
  const logs = written.filter(([path]) => path.endsWith("command.log")).map(([, content]) => content.toString());
  expect(logs.some((log) => log.includes("clean"))).toBe(true);
  expect(logs.some((log) => log.includes("key [REDACTED]"))).toBe(true);
});

const LONG = `long-${"0123456789abcdef".repeat(8)}-end`;

test("a value that tests write where rewards belong is in no message, no key and no stack", async () => {
  const toml = '[verifier]\ntimeout_sec = 20.0\n[verifier.env]\nJUDGE = "${HOST_TOKEN}"\n';
  const project = await makeProject({
    ...task("text", { toml, test: 'echo "$JUDGE" > /logs/verifier/reward.txt' }),
    ...task("key", { toml, test: 'echo "{\\"reward\\": 1, \\"$JUDGE\\": 1}" > /logs/verifier/reward.json' }),
    ...task("bad-key", { toml, test: 'echo "{\\"$JUDGE\\": \\"x\\"}" > /logs/verifier/reward.json' }),
    "experiments/set-up.sh": '#!/bin/sh\necho "$HOST_TOKEN" >&2; exit 3\n',
    ...experiment(
      ["text", "key", "bad-key"],
      command("a", "echo 42 > answer", "") +
        command("b", "echo 42 > answer", 'env = ["HOST_TOKEN"]\nsetup = "experiments/set-up.sh"'),
    ),
  });
  const home = { HOST_TOKEN: LONG, REGATTA_DEBUG: "1", XDG_CACHE_HOME: project.path("cache") };
  const shown = [];
  for (const args of [["run"], ["results"], ["analyze"], ["analyze", "--json"]])
    shown.push(await project.regatta([...args, "experiments/x.toml"], home));
  const parts = [LONG, LONG.slice(0, 30), LONG.slice(-30)];
  for (const [path, content] of await everythingUnder(project.path("results")))
    for (const part of parts) expect(content.includes(part), path).toBe(false);
  for (const { stdout, stderr } of shown) for (const part of parts) expect(stdout + stderr).not.toContain(part);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: { outcome: string }[] };
  expect(runs.map(({ outcome }) => outcome).filter((outcome) => outcome === "scored")).toHaveLength(1);
});

test("a fault of the program's own says no secret, with its stack neither", async () => {
  const project = await makeProject({
    ...task("t"),
    // A file where the batch's folder belongs: whoever makes that fails, and says where.
    "never-a-folder-918273/x": "a file",
    "experiments/.env": "API_KEY=never-a-folder-918273\n",
    ...experiment(["t"], ORACLE, 'results_root = "never-a-folder-918273"'),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], { REGATTA_DEBUG: "1" });
  expect(run.code).not.toBe(0);
  expect(run.stderr).toContain("[REDACTED]");
  expect(run.stdout + run.stderr).not.toContain("never-a-folder-918273");
});

test("what merely looks like a secret stays: short values, switches, and names that are also values", async () => {
  const project = await makeProject({
    ...task("terminal"),
    "experiments/.env": "A=8\nB=true\nC=12345\nD=abcde\nTASK=terminal\nPROFILE=oracle-one\nSCORE=reward\n",
    ...experiment(["terminal"], '[profiles.oracle-one]\nagent = "oracle"\n'),
  });
  const run = await project.regatta(["run", "experiments/x.toml"]);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).toMatch(/oracle-one +1\.00/);
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: Record<string, unknown>[] };
  expect(runs[0]).toMatchObject({ task_id: "terminal", agent_key: "oracle-one", accuracy: 1 });
  const events = (await project.read("results/x/0/events.jsonl")).trim().split("\n");
  const ended = events
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .find(({ type }) => type === "trial-ended");
  expect(ended).toMatchObject({ trial: { task: "terminal", profile: "oracle-one" } });
  const status = await project.regatta(["results", "experiments/x.toml", "--json"]);
  expect(status.stdout).toContain('"oracle-one"');
});
