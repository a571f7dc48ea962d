/**
 * The local environment as an ordinary user. Started by root, the same contract runs in a vitest of its own under a user id that
 * nobody has; started by an ordinary user, `local.test.ts` is this test already.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { findTool } from "../../src/environments/local/host-facts.ts";

const NOBODYS_ID = 64_321;
const projectRoot = join(import.meta.dirname, "../..");
const nodeRoot = dirname(dirname(process.execPath));
const reason = whyNot();
const home = mkdtempSync(join(tmpdir(), "regatta-unprivileged-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function whyNot(): string | null {
  if (process.getuid?.() !== 0) return "not started by root: local.test.ts ran as this user";
  const missing = ["setpriv", "unshare", "mount"].filter((name) => findTool(name) === null);
  return missing.length === 0 ? null : `missing: ${missing.join(", ")}`;
}

it.skipIf(reason !== null)(
  `passes the contract as an ordinary user${reason === null ? "" : ` (skipped: ${reason})`}`,
  async () => {
    for (const name of ["project", "node", "own"]) mkdirSync(join(home, name));
    const own = join(home, "own");
    const include = JSON.stringify(["test/environments/local.test.ts"]);
    writeFileSync(
      join(own, "vitest.config.mjs"),
      `export default { root: ${JSON.stringify(join(home, "project"))}, cacheDir: ${JSON.stringify(join(own, "cache"))}, test: { include: ${include}, testTimeout: 30000, hookTimeout: 30000 } };`,
    );
    for (const path of [home, own, join(own, "vitest.config.mjs")]) chownSync(path, NOBODYS_ID, NOBODYS_ID);
    const { code, output } = await runAsNobody(own);
    expect(code, output).toBe(0);
    expect(output).toMatch(/Tests\s+\d+ passed/);
  },
  240_000,
);

/** Binds let that user reach the project and Node wherever they lie; they are gone with the mount namespace. */
async function runAsNobody(own: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const script = `set -e
mount --bind "$1" "$3/project"
mount --bind "$2" "$3/node"
cd "$3/project"
exec setpriv --reuid ${NOBODYS_ID} --regid ${NOBODYS_ID} --clear-groups --inh-caps=-all -- \\
  "$3/node/bin/node" node_modules/vitest/vitest.mjs run --config "$3/own/vitest.config.mjs"
`;
  const child = spawn(
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-c", script, "sh", projectRoot, nodeRoot, home],
    {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: "/usr/bin:/bin:/usr/sbin:/sbin",
        HOME: own,
        TMPDIR: own,
        NO_COLOR: "1",
        REGATTA_SLOW: process.env["REGATTA_SLOW"] ?? "",
      },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output };
}
