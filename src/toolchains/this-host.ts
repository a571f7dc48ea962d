/** What programs this machine can run. */
import { existsSync, readdirSync } from "node:fs";
import type { Libc, Platform } from "../contract/toolchain.ts";

/** Null on a system that has neither. */
export function hostLibc(): Libc | null {
  if (process.platform !== "linux") return null;
  const isGlibc = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].some((path) => existsSync(path));
  if (isGlibc) return "glibc";
  return readdirSync("/lib").some((name) => name.startsWith("ld-musl-")) ? "musl" : null;
}

export function runsHere({ arch, libc }: Platform): boolean {
  return process.arch === arch && hostLibc() === libc;
}
