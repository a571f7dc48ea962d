/** Small shell programs that stand in a toolchain for a command of that name. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export async function writeScript(path: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${["#!/bin/sh", ...lines].join("\n")}\n`);
  await chmod(path, 0o755);
}
