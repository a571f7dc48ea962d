/** The built program in a process of its own: what it loads, and how it takes a reader that goes away. */
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";

const PROGRAM = resolve(import.meta.dirname, "../../dist/cli.mjs");
const run = promisify(execFile);

async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-shell-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** npm packages that a command line loads as ES modules; what a package requires of itself is not seen, nor needed. */
async function packagesLoadedBy(args: readonly string[]): Promise<string[]> {
  const dir = await temporaryFolder();
  await writeFile(
    join(dir, "hook.mjs"),
    `import { appendFileSync } from "node:fs";
     export async function resolve(name, context, next) {
       const found = await next(name, context);
       appendFileSync(${JSON.stringify(join(dir, "loaded"))}, found.url + "\\n");
       return found;
     }`,
  );
  await writeFile(
    join(dir, "register.mjs"),
    `import { register } from "node:module"; register("./hook.mjs", import.meta.url);`,
  );
  await writeFile(join(dir, "loaded"), "");
  await run(process.execPath, ["--import", join(dir, "register.mjs"), PROGRAM, ...args]);
  const urls = (await readFile(join(dir, "loaded"), "utf8")).split("\n");
  const names = urls.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  return [...new Set(names)].sort();
}

test.each([[["--help"]], [["--version"]], [["run", "--help"]], [["completion", "bash"]]])(
  "%j loads commander only",
  async (args) => {
    expect(await packagesLoadedBy(args)).toEqual(["commander"]);
  },
);

test("the schema is the committed one, wherever the program is called from", async () => {
  const dir = await temporaryFolder();
  const { stdout } = await run(process.execPath, [PROGRAM, "schema"], { cwd: dir });
  expect(JSON.parse(stdout)).toMatchObject({ $schema: expect.any(String) as string });
  const { stdout: path } = await run(process.execPath, [PROGRAM, "schema", "--path"], { cwd: dir });
  expect(path).toMatch(/schema\/experiment\.v2\.json\n$/);
});

test("a reader that goes away is no error", async () => {
  const child = spawn(process.execPath, [PROGRAM, "schema"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((done) => child.on("close", done));
  expect([code, stderr]).toEqual([0, ""]);
});
