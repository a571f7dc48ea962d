import { relative } from "node:path";

/** A path as a person in `cwd` would write it: relative where it lies below, absolute elsewhere. */
export function nearPath(path: string, cwd: string): string {
  const near = relative(cwd, path);
  return near === "" || near.startsWith("..") ? path : near;
}
