/** A project folder with an experiment in it, gone after the test. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { agentDescriptions } from "../../src/agents/registry.ts";
import type { AgentKeys } from "../../src/experiment/agent-keys.ts";
import { loadExperiment } from "../../src/experiment/load.ts";
import { UserError } from "../../src/contract/failure.ts";
import type { Experiment } from "../../src/contract/experiment.ts";
import type { Overrides } from "../../src/experiment/run-settings.ts";

/** The real agents, and one that takes MCP. */
const AGENTS: readonly AgentKeys[] = [
  ...agentDescriptions(),
  { name: "mcp-agent", takes: ["model", "reasoning", "mcp_servers", "hooks"], requires: [], takesMcp: true },
];

export interface Project {
  readonly root: string;
  readonly write: (path: string, content: string | Uint8Array) => Promise<void>;
  readonly load: (path?: string, overrides?: Overrides) => Promise<Experiment>;
  /** All lines of the error, the project folder written as `<root>`. */
  readonly errors: (path?: string, overrides?: Overrides) => Promise<readonly string[]>;
}

export async function project(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "regatta-experiment-")));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  for (const [path, content] of Object.entries(files)) await write(path, content);
  const load = (path = "experiments/x.toml", overrides: Overrides = {}): Promise<Experiment> =>
    loadExperiment(join(root, path), { agents: () => AGENTS, overrides });
  const errors = async (path?: string, overrides?: Overrides): Promise<readonly string[]> => {
    try {
      await load(path, overrides);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [error.message, ...error.lines].map((line) => line.replaceAll(root, "<root>"));
    }
    throw new Error("the experiment was loaded");
  };
  return { root, write, load, errors };
}

/** The smallest experiment, with more lines in it. */
export function experiment(
  parts: { readonly top?: string; readonly tasks?: string; readonly profiles?: string; readonly more?: string } = {},
): string {
  const { top = "", tasks = "[tasks.t]", profiles = '[profiles.p]\nagent = "nop"', more = "" } = parts;
  return ["schema_version = 2", 'slug = "x"', top, tasks, profiles, more]
    .filter((part) => part !== "")
    .join("\n")
    .concat("\n");
}
