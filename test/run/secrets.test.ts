import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, experiment, makeProject, task } from "../support/project.ts";

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
