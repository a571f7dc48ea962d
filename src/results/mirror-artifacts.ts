/**
 * `agent/sessions/<target>/` of a trial → `artifacts/<target>/<trial>/`, complete or not at all.
 *
 * What is copied was written by an agent: links are neither followed nor copied, and only files and folders count.
 */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { isErrno, syncDir } from "../host/files.ts";
import { artifactsDir } from "./layout.ts";

/**
 * Safe to repeat: a copy from before is replaced. A target the trial does not have is left alone.
 *
 * @param trialDir relative to the batch.
 */
export async function mirrorArtifacts(batchDir: string, trialDir: string, targets: readonly string[]): Promise<void> {
  const sessions = join(batchDir, trialDir, "agent", "sessions");
  for (const target of targets) {
    if (target === "" || target === "." || target === ".." || /[/\\\0]/.test(target)) {
      throw new Error(`"${target}" is no name of an artifact target`);
    }
    if (!(await isRealDirectory(join(batchDir, trialDir, "agent")))) continue;
    if (!(await isRealDirectory(sessions))) continue;
    const from = join(sessions, target);
    if (!(await isRealDirectory(from))) continue;
    await replaceCopy(from, join(artifactsDir(batchDir), target), basename(trialDir));
  }
}

async function replaceCopy(from: string, parent: string, name: string): Promise<void> {
  await mkdir(parent, { recursive: true });
  const temporary = join(parent, `.${name}.${randomUUID().slice(0, 8)}.tmp`);
  const old = `${temporary}.old`;
  try {
    await copyTree(from, temporary);
    try {
      await rename(join(parent, name), old);
    } catch (error) {
      if (!isErrno(error, "ENOENT")) throw error;
    }
    await rename(temporary, join(parent, name));
    await syncDir(parent);
  } finally {
    await rm(temporary, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    if (entry.isDirectory()) await copyTree(source, join(to, entry.name));
    else if (entry.isFile()) await copyFile(source, join(to, entry.name), constants.COPYFILE_FICLONE);
  }
}

async function isRealDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
