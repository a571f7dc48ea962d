/** What sandboxes of this user's are on this machine, whoever made them. */
import { join } from "node:path";
import { cacheHome } from "../../host/cache-home.ts";
import type { Leftover } from "../environment.ts";
import { readLeftovers } from "./state-directory.ts";

export function defaultStateRoot(): string {
  return join(cacheHome(), "local");
}

export function listLeftovers(stateRoot = defaultStateRoot()): Promise<readonly Leftover[]> {
  return readLeftovers(stateRoot);
}
