/** The real registries, the real programs: what is built is mounted into containers and run there. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { mountsOf, type Toolchain, type ToolchainRequest, withNeeds } from "../../src/contract/toolchain.ts";
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { createLocalProvider } from "../../src/environments/local/provider.ts";
import { contractBed, sh } from "../../src/environments/testing/contract-bed.ts";
import { removeSealed } from "../../src/toolchains/contents.ts";
import { PINNED } from "../../src/toolchains/pinned.ts";
import { verifyToolchains } from "../../src/toolchains/stored-toolchains.ts";
import { createToolchains } from "../../src/toolchains/toolchains.ts";
import { BASE_IMAGE } from "./base-image.ts";

const dir = mkdtempSync(join(tmpdir(), "regatta-toolchains-"));
const store = join(dir, "store");
const platform = { arch: process.arch === "arm64" ? "arm64" : "x64", libc: "glibc" } as const;
const containers = contractBed(createDockerProvider(), { dockerImage: BASE_IMAGE });
const sandboxes = contractBed(createLocalProvider({ stateRoot: join(dir, "local") }));
afterEach(() => Promise.all([containers.clean(), sandboxes.clean()]));
afterAll(() => removeSealed(dir));

async function built(request: ToolchainRequest, env: NodeJS.ProcessEnv = process.env): Promise<Toolchain> {
  const toolchains = createToolchains({ store, env });
  return toolchains.build(await toolchains.plan(request), {
    log: () => undefined,
    signal: AbortSignal.timeout(300_000),
  });
}

function pathOf(toolchains: readonly Toolchain[]): string {
  return [...withNeeds(toolchains).flatMap(({ binDirs }) => binDirs), "/usr/bin", "/bin"].join(":");
}

/** A client's first words, and the server's answer to them. */
const HELLO =
  '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}';

describe("toolchains in containers", () => {
  test("Claude Code and Codex run, as root and as a user nobody knows", async () => {
    const agents = [
      await built({ kind: "claude-code", version: null, ...platform }),
      await built({ kind: "codex", version: null, ...platform }),
    ];
    const container = await containers.started({ mounts: mountsOf(agents) });
    for (const user of [0, 4242]) {
      const { stdout } = await sh(container, "claude --version; codex --version; rg --version | head -1 | cut -c1-7", {
        env: { PATH: pathOf(agents), HOME: "/tmp" },
        user,
      });
      expect(stdout).toBe(`${PINNED["claude-code"]} (Claude Code)\ncodex-cli ${PINNED.codex}\nripgrep\n`);
    }
    expect((await verifyToolchains(store)).flatMap(({ problems }) => problems)).toEqual([]);
  });

  test("two MCP servers from npm answer, called as their authors say, where there is no Node", async () => {
    const servers = [
      await built({ kind: "npm", spec: "@modelcontextprotocol/server-filesystem@2026.8.31", ...platform }),
      await built({ kind: "npm", spec: "@modelcontextprotocol/server-everything@2026.8.31", ...platform }),
    ];
    const answers = async (container: Awaited<ReturnType<typeof containers.started>>): Promise<string> => {
      const calls = ["server-filesystem /tmp", "server-everything stdio"];
      const each = calls.map((call) => `echo '${HELLO}' | npx -y @modelcontextprotocol/${call} | head -1`);
      return (await sh(container, each.join("; "), { env: { PATH: pathOf(servers) }, timeoutSec: 60 })).stdout;
    };
    const expected = /^\{"result":.*"serverInfo".*\}\n\{"result":.*"serverInfo".*\}\n$/;
    expect(await answers(await containers.started({ mounts: mountsOf(servers) }))).toMatch(expected);
    const plain = await containers.started();
    for (const { from, to } of mountsOf(servers)) await plain.upload(from, to);
    expect(await answers(plain)).toMatch(expected);
  });

  test("a Python project, by the real uv, runs from where it is mounted", async () => {
    const project = join(dir, "project");
    await mkdir(join(project, "demo"), { recursive: true });
    writeFileSync(join(project, "demo/__init__.py"), 'import click\ndef main(): click.echo("from " + __file__)\n');
    writeFileSync(join(project, "demo/__main__.py"), "from demo import main\nmain()\n");
    writeFileSync(
      join(project, "pyproject.toml"),
      `[project]
name = "demo"
version = "0.1.0"
dependencies = ["click"]
scripts.demo = "demo:main"
[project.optional-dependencies]
extra = ["tomli"]
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
`,
    );
    // uv's own Pythons come from a server that not every machine reaches; a container would have no Python of this machine's.
    const request = { kind: "python", source: { path: project }, extras: ["extra"], ...platform } as const;
    const demo = await built(request, { ...process.env, UV_PYTHON_DOWNLOADS: "never" });
    const sandbox = await sandboxes.started({ mounts: mountsOf([demo]) });
    const commands = [
      "demo",
      "uv run demo",
      "uv run python -m demo",
      "uv run --directory /home/me/x -m demo",
      "uvx demo",
    ];
    const { stdout } = await sh(sandbox, [...commands, "python -c 'import tomli'; echo $?"].join("; "), {
      env: { PATH: pathOf([demo]) },
    });
    // `-m` looks into the directory it is called in first: there the project's own files.
    const at = `from ${demo.mountPath}`;
    const installed = `${at}/venv/lib/python3.N/site-packages/demo/__init__.py`;
    const expected = [installed, installed, installed, `${at}/src/demo/__init__.py`, installed, "0", ""];
    expect(stdout.replaceAll(/python3\.\d+/g, "python3.N").split("\n")).toEqual(expected);
  });
});
