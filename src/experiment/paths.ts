/** Paths of the file: where relative ones start, and whether what they name is there. */
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, resolve } from "node:path";

import type { Position, Report } from "./problems.ts";

/** The parent of the folder named `experiments` that holds the file, else the file's own folder. */
export function projectRoot(absoluteFile: string): string {
  const folder = dirname(absoluteFile);
  return basename(folder) === "experiments" ? dirname(folder) : folder;
}

/** A path that the file names and that must be there. `absent` = it may be missing, but what is there must be a folder. */
export interface PathCheck {
  readonly at: Position;
  readonly key: string;
  readonly path: string;
  readonly want: "file" | "folder" | "either" | "folder-or-absent";
}

const WANTED = {
  file: "a file",
  folder: "a folder",
  either: "a file or a folder",
  "folder-or-absent": "a folder, or nothing yet",
} as const;

export async function checkPaths(checks: readonly PathCheck[], report: Report): Promise<void> {
  const found = await Promise.all(checks.map((check) => kindOf(check.path)));
  for (const [index, check] of checks.entries()) {
    const kind = found[index] ?? "nothing";
    if (fits(check.want, kind)) continue;
    const what = kind === "nothing" ? "nothing" : kind === "other" ? "neither a file nor a folder" : `a ${kind}`;
    report(check.at, { key: check.key, found: `${what} at ${check.path}`, expected: WANTED[check.want] });
  }
}

type Kind = "file" | "folder" | "other" | "nothing";

function fits(want: PathCheck["want"], kind: Kind): boolean {
  switch (want) {
    case "file":
    case "folder":
      return kind === want;
    case "either":
      return kind === "file" || kind === "folder";
    case "folder-or-absent":
      return kind === "folder" || kind === "nothing";
  }
}

/** What is there, links followed. A place that cannot be looked at counts as nothing. */
async function kindOf(path: string): Promise<Kind> {
  try {
    const stats = await stat(path);
    return stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other";
  } catch (error) {
    if (error instanceof Error && "code" in error) return "nothing";
    throw error;
  }
}

export async function isFile(path: string): Promise<boolean> {
  return (await kindOf(path)) === "file";
}

/** `./x`, `../x` and absolute paths: a folder where a dataset's name could stand too. */
export function looksLikeFolder(text: string): boolean {
  return isAbsolute(text) || /^\.\.?(\/|$)/.test(text);
}

export function fromRoot(root: string, path: string): string {
  return resolve(root, path);
}
