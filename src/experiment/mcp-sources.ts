/** `[mcp.<server>]`: where the code of each server comes from. */
import type { McpSource } from "../contract/experiment.ts";
import { fromRoot, type PathCheck } from "./paths.ts";
import { keyPath, type Report } from "./problems.ts";
import { describe, readTable } from "./read-table.ts";
import { mcpTable } from "./schema/mcp-tables.ts";
import { allUsed } from "./schema/words.ts";
import type { TomlTable } from "./toml-tree.ts";

export interface McpSources {
  readonly sources: Readonly<Record<string, McpSource>>;
  readonly checks: readonly PathCheck[];
}

export function readMcpSources(node: TomlTable | null, root: string, report: Report): McpSources {
  const sources: Record<string, McpSource> = Object.create(null);
  const checks: PathCheck[] = [];
  for (const [server, entry] of node?.entries ?? []) {
    const key = keyPath("mcp", server);
    if (entry.node.kind !== "table") {
      report(entry.at, { key, found: describe(entry.node, false), expected: `a table [${key}]` });
      continue;
    }
    const { values, at } = readTable(entry.node, mcpTable, ["mcp", server], report);
    const { path, npm, python, ...rest } = values;
    allUsed(rest);
    const given = [path, npm, python].filter((value) => value !== undefined);
    if (given.length > 1) {
      report(entry.at, { key, found: "more than one source", expected: "one of path, npm, python, or none of them" });
      continue;
    }
    const folder = (dir: string, name: string): string => {
      const absolute = fromRoot(root, dir);
      checks.push({ at: at.get(name)?.value ?? entry.at, key: `${key}.${name}`, path: absolute, want: "folder" });
      return absolute;
    };
    if (path !== undefined) sources[server] = { kind: "path", dir: folder(path, "path") };
    else if (npm !== undefined) sources[server] = { kind: "npm", spec: npm };
    else if (python === undefined) {
      // An entry that could not be read was reported; an empty one says that the image has the server.
      if (at.size === 0) sources[server] = { kind: "image" };
    } else {
      const { git, path: dir, ref = null, extras = [], ...others } = python;
      allUsed(others);
      if ((git === undefined) === (dir === undefined)) {
        report(entry.at, { key: `${key}.python`, found: "not one source", expected: "either git or path" });
      } else if (git !== undefined) sources[server] = { kind: "python", from: { git, ref }, extras };
      else if (dir !== undefined) {
        sources[server] = { kind: "python", from: { path: folder(dir, "python") }, extras };
        if (ref !== null)
          report(entry.at, { key: `${key}.python.ref`, found: "a ref of a folder", expected: "git beside it" });
      }
    }
  }
  return { sources, checks };
}
