import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where what can be had again is kept: `$XDG_CACHE_HOME/regatta`, else `~/.cache/regatta`. */
export function cacheHome(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
  return join(base, "regatta");
}
