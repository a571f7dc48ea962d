/**
 * Descriptors that this process was started with and that every child would get too: a log file of whoever started it, or a
 * directory, through which a tenant could reach the host's files whatever its root is.
 *
 * Node opens everything close-on-exec and marks the lowest inherited ones so at its start; others keep open. They cannot be marked
 * from JavaScript, and nothing here uses them: so they are closed.
 */
import { closeSync, readdirSync, readFileSync } from "node:fs";
import { isErrno } from "../../host/files.ts";

/** Of /proc/<pid>/fdinfo, octal. */
const CLOSE_ON_EXEC = 0o2000000;

export function closeInheritedDescriptors(): void {
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (fd > 2 && isInherited(fd)) closeSync(fd);
  }
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch (error) {
    // The descriptor of the listing itself is closed by now.
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}
