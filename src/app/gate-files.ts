/** What a gate leaves for CI: JUnit XML, a Markdown summary, annotations of the run. */
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { gateAnnotations } from "../analytics/gate/annotations.ts";
import type { GateResult } from "../analytics/gate/gate-result.ts";
import { gateJunit } from "../analytics/gate/junit.ts";
import { gateMarkdown } from "../analytics/gate/markdown.ts";
import { writeFileAtomic } from "../host/files.ts";
import type { Gated } from "./gate.ts";

export { gateNotes, leftOutNotes } from "../analytics/gate/gate-result.ts";

export interface GateFiles {
  readonly cwd: string;
  /** Null = not wanted. */
  readonly junit: string | null;
  readonly markdown: string | null;
}

/** @returns the files, absolute */
export async function writeGateFiles({ cwd, junit, markdown }: GateFiles, found: Gated): Promise<readonly string[]> {
  const wanted = [
    [junit, gateJunit],
    [markdown, gateMarkdown],
  ] as const;
  const written: string[] = [];
  for (const [name, textOf] of wanted) {
    if (name === null) continue;
    const file = resolve(cwd, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, textOf(resultOf(found)));
    written.push(file);
  }
  return written;
}

/** Only where GitHub's runner reads what is printed. */
export function annotationsFor(env: Readonly<Record<string, string | undefined>>, found: Gated): readonly string[] {
  return env["GITHUB_ACTIONS"] === "true" ? gateAnnotations(resultOf(found)) : [];
}

export function resultOf({ sides: [a, b], ...found }: Gated): GateResult {
  return { ...found, a: a.name, b: b.name };
}
