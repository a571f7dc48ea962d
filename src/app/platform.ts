/** What kind of machine a sandbox is to the programs that are brought into it. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { UserError } from "../contract/failure.ts";
import type { Task } from "../contract/task.ts";
import type { Libc, Platform } from "../contract/toolchain.ts";
import type { Abilities } from "../environments/environment.ts";
import { isErrno } from "../host/files.ts";

export function platformFor({ arch, name }: Abilities, libc: Libc): Platform {
  if (arch === null)
    throw new UserError(`The sandboxes of "${name}" are of a kind of machine that no agent's program is made for.`, [
      "Programs are there for x64 and arm64.",
    ]);
  return { arch, libc };
}

/** Told by what the task says it is built from: Alpine has musl. A program that does not fit is found out before the first trial. */
export async function libcOf({ environment }: Task, honoursImage: boolean): Promise<Libc> {
  if (!honoursImage) return existsSync("/etc/alpine-release") ? "musl" : "glibc";
  if (environment.dockerImage !== null) return isAlpine(environment.dockerImage) ? "musl" : "glibc";
  if (environment.dockerfile === null) return "glibc";
  try {
    const text = await readFile(environment.dockerfile, "utf8");
    const last = [...text.matchAll(/^\s*FROM\s+(?:--\S+\s+)*(\S+)/gim)].at(-1)?.[1] ?? "";
    return isAlpine(last) ? "musl" : "glibc";
  } catch (error) {
    // What cannot be read cannot be built either, and is told then.
    if (!isErrno(error, "ENOENT", "EACCES", "EISDIR")) throw error;
    return "glibc";
  }
}

function isAlpine(image: string): boolean {
  return /(^|[/:-])alpine/i.test(image);
}
