/** A store of its own, and a registry that has Claude Code's package as far as it matters here. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { UserError } from "../../src/contract/failure.ts";
import { removeSealed } from "../../src/toolchains/contents.ts";
import { createToolchains, type Toolchains } from "../../src/toolchains/toolchains.ts";
import { type FakeRegistry, fakeRegistry, packed } from "./fake-registry.ts";

export interface Bed {
  readonly dir: string;
  readonly store: string;
  readonly registry: FakeRegistry;
  readonly toolchains: Toolchains;
  readonly env: NodeJS.ProcessEnv;
  /** What was said while planning and building. */
  readonly said: string[];
  readonly settings: { readonly log: (line: string) => void; readonly signal: AbortSignal };
}

export const CLAUDE = "@anthropic-ai/claude-code-linux-x64";
const GLIBC = { arch: "x64", libc: "glibc" } as const;
/** Of this machine, for what is made by running it. */
export const HOST = { arch: process.arch === "arm64" ? "arm64" : "x64", libc: "glibc" } as const;

export async function makeBed(): Promise<Bed> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-toolchains-"));
  onTestFinished(async () => {
    await removeSealed(dir);
    await rm(dir, { recursive: true, force: true });
  });
  const registry = await fakeRegistry();
  const store = join(dir, "cache/regatta/toolchains");
  const env = { PATH: process.env["PATH"] ?? "", HOME: dir, NPM_CONFIG_REGISTRY: registry.url, NO_PROXY: "127.0.0.1" };
  const said: string[] = [];
  const log = (line: string): void => void said.push(line);
  return {
    dir,
    store,
    registry,
    env,
    said,
    toolchains: createToolchains({ store, env, say: log }),
    settings: { log, signal: new AbortController().signal },
  };
}

export function addClaude(registry: FakeRegistry, ...versions: readonly string[]): void {
  for (const version of versions)
    registry.add({
      name: CLAUDE,
      version,
      archive: packed({ claude: `#!/bin/sh\necho ${version}\n`, "LICENSE.md": "l" }),
    });
}

export function claude(version: string | null): {
  kind: "claude-code";
  version: string | null;
  arch: "x64";
  libc: "glibc";
} {
  return { kind: "claude-code", version, ...GLIBC };
}

/** What a refused piece of work says to the user. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return [error.message, ...error.lines].join("\n");
}
