/** A disk of a known size where a project's results go, seen by the programs of this test alone. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";
import { type Ended, type Project, type Running, startProgram } from "./project.ts";

export interface SmallDisk {
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  regatta(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs a shell script in the project's folder, where the disk is seen. @returns what it printed */
  sh(script: string): string;
}

const TRY = ["unshare", "--user", "--map-root-user", "--mount"] as const;

/** Why there can be none on this machine; null = there can. */
export const noSmallDisk: string | null =
  spawnSync(TRY[0], [...TRY.slice(1), "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0
    ? null
    : "this user may not mount in a user namespace";

/** @param size as tmpfs takes it: `3m` */
export async function smallDisk(project: Project, size: string): Promise<SmallDisk> {
  // The namespace lives as long as this shell, which ends when its stdin does.
  const [program, ...flags] = TRY;
  const script = `mkdir -p results && mount -t tmpfs -o size=${size} tmpfs results && echo ready && exec cat`;
  const holder = spawn(program, [...flags, "sh", "-c", script], {
    cwd: project.dir,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const over = once(holder, "exit");
  onTestFinished(async () => {
    holder.stdin.end();
    await over;
  });
  await once(holder.stdout, "data");
  const enter = ["nsenter", `--target=${holder.pid}`, "--user", "--mount", "--preserve-credentials"];
  // The folder once more, by its name: the one that was entered with is of the mounts outside.
  const inside = [...enter, "sh", "-ec", 'cd "$0" && exec "$@"', project.dir];
  const start: SmallDisk["start"] = (args, env = {}) => startProgram(project.dir, args, env, inside);
  return {
    start,
    regatta: (args, env) => start(args, env).ended,
    sh: (text) => execFileSync(inside[0] ?? "", [...inside.slice(1), "sh", "-ec", text], { encoding: "utf8" }),
  };
}
