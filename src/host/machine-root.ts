/** Who is root of the whole machine: root of a user namespace (a rootless container, say) is bound by limits and rights as anybody. */
import { readFileSync } from "node:fs";
import { isErrno } from "./files.ts";

export function isMachineRoot(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    return mapsEveryUser(readFileSync("/proc/self/uid_map", "utf8"));
  } catch (error) {
    // A system without user namespaces.
    if (isErrno(error, "ENOENT")) return true;
    throw error;
  }
}

/** The first user namespace maps every id to itself, in one line. Format: man 7 user_namespaces. */
function mapsEveryUser(uidMap: string): boolean {
  return /^\s*0\s+0\s+4294967295\s*$/.test(uidMap);
}
