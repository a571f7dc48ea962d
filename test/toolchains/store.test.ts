/** The store: built once, whole or not there, checked, given up. */
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { storedToolchains, verifyToolchains } from "../../src/toolchains/stored-toolchains.ts";
import { outputOf, says, start, transpileInto } from "../results/child.ts";
import { makeProject } from "../support/project.ts";
import { addClaude, type Bed, claude, makeBed } from "./bed.ts";

const FOLDERS = ["base", "contract", "host", "host/archive", "toolchains", "toolchains/npm", "toolchains/python"];

/** A process that builds, and says what it does. */
async function builder(bed: Bed): Promise<Awaited<ReturnType<typeof start>>> {
  const js = join(bed.dir, "js");
  await transpileInto(js, FOLDERS);
  return start(
    js,
    `import { createToolchains } from "./toolchains/toolchains.js";
const store = ${JSON.stringify(bed.store)};
const toolchains = createToolchains({ store, env: ${JSON.stringify(bed.env)} });
const plan = await toolchains.plan({ kind: "claude-code", version: "2.1.0", arch: "x64", libc: "glibc" });
const built = await toolchains.build(plan, { log: console.log, signal: new AbortController().signal });
console.log("digest " + built.digest);`,
  );
}

test("builds once, read-only, and finds it again without network", async () => {
  const bed = await makeBed();
  addClaude(bed.registry, "2.1.0");
  const plan = await bed.toolchains.plan(claude("2.1.0"));
  expect(await bed.toolchains.find(plan)).toBe(null);
  const built = await bed.toolchains.build(plan, bed.settings);
  expect(await bed.toolchains.find(plan)).toEqual(built);
  expect(built).toMatchObject({ name: "claude-code", version: "2.1.0", needs: [], notes: [] });
  expect(built.mountPath).toBe(`/opt/regatta/claude-code-${plan.hash.slice(0, 12)}`);
  expect(built.binDirs).toEqual([built.mountPath]);
  expect(execFileSync(join(built.hostDir, "claude"), { encoding: "utf8" })).toBe("2.1.0\n");
  const modes = ["", "claude", "LICENSE.md"].map((name) => statSync(join(built.hostDir, name)).mode & 0o7777);
  expect(modes).toEqual([0o555, 0o555, 0o444]);
  expect(readdirSync(join(bed.store, "building"))).toEqual([]);
  expect(readdirSync(join(bed.store, "locks"))).toEqual([]);

  await bed.registry.close();
  const asked = bed.registry.asked.length;
  const again = await bed.toolchains.build(await bed.toolchains.plan(claude("2.1.0")), bed.settings);
  expect(again).toEqual(built);
  expect(bed.registry.asked.length).toBe(asked);
  expect(bed.said).toEqual(["making claude-code 2.1.0", "fetching @anthropic-ai/claude-code-linux-x64@2.1.0"]);
});

test("two processes that want the same build it once; the second says that it waits", async () => {
  const bed = await makeBed();
  addClaude(bed.registry, "2.1.0");
  const held = bed.registry.hold();
  const first = await builder(bed);
  const firstOutput = outputOf(first);
  await before(held.asked, firstOutput);
  const second = await builder(bed);
  const secondOutput = outputOf(second);
  await says(second, "another process is making claude-code 2.1.0: waiting for it");
  held.release();
  const digests = (await Promise.all([firstOutput, secondOutput])).map((text) => /^digest (.+)$/m.exec(text)?.[1]);
  expect(digests[0]).toMatch(/^sha256:/);
  expect(digests[1]).toBe(digests[0]);
  expect(bed.registry.asked.filter((path) => path.endsWith(".tgz"))).toHaveLength(1);
});

test("a killed builder leaves nothing entered, and the next one clears up after it", async () => {
  const bed = await makeBed();
  addClaude(bed.registry, "2.1.0");
  const held = bed.registry.hold();
  const child = await builder(bed);
  const output = outputOf(child);
  await before(held.asked, output);
  child.kill("SIGKILL");
  await output;
  held.release();
  const [half, ...others] = await storedToolchains(bed.store);
  expect(others).toEqual([]);
  expect(half?.name).toMatch(/^[0-9a-f]{12} \(half made\)$/);
  await bed.toolchains.build(await bed.toolchains.plan(claude("2.1.0")), bed.settings);
  expect((await storedToolchains(bed.store)).map(({ name }) => name)).toEqual(["claude-code 2.1.0"]);
  expect(readdirSync(join(bed.store, "building"))).toEqual([]);
});

test("an aborted build leaves nothing", async () => {
  const bed = await makeBed();
  addClaude(bed.registry, "2.1.0");
  const held = bed.registry.hold();
  const stop = new AbortController();
  const plan = await bed.toolchains.plan(claude("2.1.0"));
  const building = bed.toolchains.build(plan, { ...bed.settings, signal: stop.signal });
  await held.asked;
  stop.abort(new Error("enough"));
  await expect(building).rejects.toThrow("enough");
  held.release();
  expect(await storedToolchains(bed.store)).toEqual([]);
  expect(readdirSync(join(bed.store, "locks"))).toEqual([]);
});

test("an entry without a readable manifest is made again", async () => {
  const bed = await makeBed();
  addClaude(bed.registry, "2.1.0");
  const plan = await bed.toolchains.plan(claude("2.1.0"));
  const built = await bed.toolchains.build(plan, bed.settings);
  writeFileSync(join(bed.store, plan.hash, "manifest.json"), '{"schema_ver');
  expect((await storedToolchains(bed.store)).map(({ name }) => name)).toEqual([`${plan.hash.slice(0, 12)} (damaged)`]);
  expect(await bed.toolchains.build(plan, bed.settings)).toEqual(built);
  expect(await verifyToolchains(bed.store)).toMatchObject([{ name: "claude-code 2.1.0", problems: [] }]);
});

test("regatta cache lists toolchains, checks them, and spares those in use", async () => {
  const bed = await makeBed();
  const project = await makeProject({});
  const env = { XDG_CACHE_HOME: join(bed.dir, "cache") };
  const regatta = (...args: readonly string[]) => project.regatta(["cache", ...args], env);
  addClaude(bed.registry, "2.1.0", "2.1.1");
  const hashes: string[] = [];
  for (const version of ["2.1.0", "2.1.1"]) {
    const plan = await bed.toolchains.plan(claude(version));
    await bed.toolchains.build(plan, bed.settings);
    hashes.push(plan.hash);
  }
  const [older = "", newer = ""] = hashes;
  const past = new Date("2026-01-02T03:04:00Z");
  utimesSync(join(bed.store, older, "manifest.json"), past, past);

  const listed = JSON.parse((await regatta("ls", "--json")).stdout) as { entries: Record<string, unknown>[] };
  expect(listed.entries).toMatchObject([
    { kind: "toolchain", name: "claude-code 2.1.0", last_used: "2026-01-02T03:04:00.000Z" },
    { kind: "toolchain", name: "claude-code 2.1.1" },
  ]);
  expect(Number(listed.entries[0]?.["bytes"])).toBeGreaterThan(0);
  expect(await regatta("verify")).toMatchObject({ code: 0, stdout: "2 toolchains checked, all as they were made\n" });

  const file = join(bed.store, older, "tree/claude");
  chmodSync(file, 0o755);
  writeFileSync(file, readFileSync(file, "utf8").replace("2.1.0", "2.1.x"));
  chmodSync(file, 0o555);
  const damaged = await regatta("verify");
  expect(damaged.code).toBe(1);
  expect(damaged.stdout).toContain(
    "toolchain claude-code 2.1.0 is damaged:\n  claude was changed\n1 of 2 toolchains damaged",
  );

  // This very process has used both.
  expect((await regatta("verify", "--yes")).stdout).not.toContain("removed:");
  expect((await regatta("prune", "--max-gb", "0", "--yes")).stdout).toContain(
    "toolchain claude-code 2.1.0 is in use and was kept\n",
  );
  for (const hash of hashes) await forgetUsers(join(bed.store, hash));
  expect(await regatta("verify", "--yes")).toMatchObject({ code: 0 });
  expect(readdirSync(bed.store)).not.toContain(older);
  expect((await regatta("prune", "--max-gb", "0", "--yes")).stdout).toMatch(/^1 entry removed/);
  expect(readdirSync(bed.store)).not.toContain(newer);
});

/** A process that ends before has failed, and says why on its standard error. */
async function before(event: Promise<void>, end: Promise<string>): Promise<void> {
  const early = end.then((said) => {
    throw new Error(`the builder ended too early: ${said}`);
  });
  await Promise.race([event, early]);
  early.catch(() => undefined);
}

/** As if the processes that used it were dead. */
async function forgetUsers(entry: string): Promise<void> {
  const users = join(entry, "users");
  await mkdir(users, { recursive: true });
  for (const name of readdirSync(users)) {
    const user = JSON.parse(readFileSync(join(users, name), "utf8")) as object;
    writeFileSync(join(users, name), JSON.stringify({ ...user, start_time: "1" }));
  }
}
