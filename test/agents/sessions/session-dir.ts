/** `agent/` of a trial with session files made by hand, in the shapes of the real ones. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished } from "vitest";
import type { AtifStep, AtifTrajectory } from "../../../src/agents/atif/atif.ts";
import type { SessionReading } from "../../../src/agents/atif/session-reading.ts";
import { convertClaudeSessions } from "../../../src/agents/claude-code/session/convert.ts";
import { convertCodexRollouts } from "../../../src/agents/codex/rollout/convert.ts";
import { atifViolations } from "./atif-rules.ts";

export type Line = Readonly<Record<string, unknown>>;

/** Path → text as it is, or lines. */
export type Files = Readonly<Record<string, string | Uint8Array | readonly Line[]>>;

export function jsonl(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

export async function agentDir(files: Files): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-sessions-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  await put(dir, files);
  return dir;
}

async function put(dir: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" || content instanceof Uint8Array ? content : jsonl(content));
  }
}

export interface Converted {
  readonly reading: SessionReading;
  readonly trajectory: AtifTrajectory;
  readonly steps: readonly AtifStep[];
}

export const INSTRUCTION = "Make the tests pass";

export async function convertClaude(dir: string, sessionId: string | null = null): Promise<Converted> {
  return checked(
    dir,
    await convertClaudeSessions({
      agentDir: dir,
      sessionId,
      instruction: INSTRUCTION,
      defaultModel: null,
      agentName: "claude-code",
    }),
  );
}

export async function convertCodex(dir: string): Promise<Converted> {
  return checked(
    dir,
    await convertCodexRollouts({ agentDir: dir, instruction: INSTRUCTION, defaultModel: null, agentName: "codex" }),
  );
}

async function checked(dir: string, reading: SessionReading): Promise<Converted> {
  expect(reading.trajectory, reading.remarks.join("; ")).toBe("agent/trajectory.json");
  const trajectory = JSON.parse(await readFile(join(dir, "trajectory.json"), "utf8")) as AtifTrajectory;
  expect(atifViolations(trajectory)).toEqual([]);
  return { reading, trajectory, steps: trajectory.steps };
}
