/** The folder of an MCP server: `.mcp.json`, perhaps `USAGE.md` and `hooks.json`, and perhaps its code. */
import { existsSync, statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "../host/files.ts";
import { UserError } from "../contract/failure.ts";
import { type McpEntry, readMcpFile } from "./mcp-file.ts";

export interface ServerDirectory {
  readonly name: string;
  readonly dir: string;
  readonly entry: McpEntry;
  /** Of `USAGE.md`; null = there is none. */
  readonly usage: string | null;
  /** There is more in it than what describes the server. */
  readonly hasCode: boolean;
}

const DESCRIBES = new Set([".mcp.json", "USAGE.md", "hooks.json", "README.md", ".git", ".gitignore"]);

/** @throws UserError */
export async function readServerDirectory(name: string, dir: string): Promise<ServerDirectory> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR")) throw error;
    throw new UserError(`The MCP server "${name}" has no directory: there is no ${dir}.`, [
      "Make it with a .mcp.json in it, or name another one in [mcp_aliases].",
    ]);
  }
  return {
    name,
    dir,
    entry: await readMcpFile(dir, name),
    usage: names.includes("USAGE.md") ? await readFile(join(dir, "USAGE.md"), "utf8") : null,
    hasCode: names.some((each) => !DESCRIBES.has(each)),
  };
}

/** Whether a folder has such a file; relative. */
export function hasFile(dir: string): (path: string) => boolean {
  return (path) => existsSync(join(dir, path)) && statSync(join(dir, path)).isFile();
}
