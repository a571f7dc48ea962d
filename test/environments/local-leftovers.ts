/** What a local provider could leave on the host: directories, mounts, control groups, processes. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../src/host/files.ts";
import { contractName } from "../../src/environments/testing/contract-bed.ts";
import { readMounts } from "../../src/environments/local/host-facts.ts";

export async function localLeftovers(stateRoot: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of namesIn(join(stateRoot, "envs"))) found.push(`directory ${name}`);
  for (const { target } of readMounts()) if (target.startsWith(stateRoot)) found.push(`mount ${target}`);
  for (const { target, type } of readMounts()) {
    if (type !== "cgroup2") continue;
    for (const name of namesIn(join(target, "regatta")))
      if (name.startsWith(contractName(""))) found.push(`control group ${name}`);
  }
  // mount(8) remembers some options of a mount in the host's own files, unless it is told not to.
  const remembered = "/run/mount/utab";
  if (existsSync(remembered) && readFileSync(remembered, "utf8").includes(stateRoot))
    found.push(`entries in ${remembered}`);
  for (const pid of namesIn("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const command = commandLine(pid);
    if (command.includes(stateRoot) && Number(pid) !== process.pid)
      found.push(`process ${pid}: ${command.slice(0, 100)}`);
  }
  return Promise.resolve(found);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) return "";
    throw error;
  }
}

function namesIn(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return [];
    throw error;
  }
}
