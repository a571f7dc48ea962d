/**
 * Files of a sandbox whose processes are gone, out of its upper directory on the disk. Nothing there is trusted: no link is
 * followed, and what comes out goes through the same checks as a download.
 */
import { lstatSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";
import { leftOutList } from "../archive/left-out.ts";
import { plainPath, receiveTree } from "../archive/receive-tree.ts";
import { packTree } from "../archive/tar-writer.ts";
import type { DownloadLimits, DownloadReport } from "../environment.ts";
import { ROOT_KEY } from "./mount-table.ts";

/** @param from absolute inside, of the root's own tree. @returns null where there is no such directory */
export async function salvage(
  stateDir: string,
  from: string,
  to: string,
  limits: DownloadLimits,
): Promise<DownloadReport | null> {
  const upper = realDirectory(join(stateDir, "u", ROOT_KEY), from);
  if (upper === null) return null;
  const leftOut = leftOutList();
  mkdirSync(to, { recursive: true });
  const receiver = receiveTree({ from, to, single: false, limits, leftOut, pathOf: plainPath });
  const until = performance.now() + limits.timeoutSec * 1000;
  for await (const chunk of packTree({ from: upper, as: "", withRoot: false, uid: 0, gid: 0 })) {
    if (performance.now() > until) break;
    receiver.read(chunk);
  }
  return { ...receiver.settle(null), ...leftOut.report() };
}

/** @returns null when one of the directories on the way is not there, or is a link. */
function realDirectory(root: string, inside: string): string | null {
  let path = root;
  for (const part of ["", ...inside.split("/").filter((each) => each !== "")]) {
    path = join(path, part);
    try {
      if (!lstatSync(path).isDirectory()) return null;
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR")) return null;
      throw error;
    }
  }
  return path;
}
