/** `<server directory>/.mcp.json`: one server's entry, in the form that agents themselves read. What they would ignore is an error. */
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../contract/failure.ts";
import { readJsonText } from "./json-text.ts";
import { problemsOf } from "./problems.ts";

const strings = z.record(z.string(), z.string());
const stdio = z.strictObject({
  type: z.literal("stdio").optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: strings.default({}),
});
const remote = z.strictObject({
  type: z.enum(["http", "sse", "streamable-http"]),
  url: z.url(),
  headers: strings.default({}),
});
const file = z.strictObject({ mcpServers: z.record(z.string(), z.unknown()) });

export type McpEntry =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Record<string, string>;
    }
  | { readonly kind: "http" | "sse"; readonly url: string; readonly headers: Record<string, string> };

/**
 * @param dir of the server
 * @throws UserError when it is not there, is no JSON, or holds anything but this one server's entry
 */
export async function readMcpFile(dir: string, server: string): Promise<McpEntry> {
  const path = join(dir, ".mcp.json");
  const value = await readJsonText(path, "MCP configuration");
  const whole = file.safeParse(value);
  if (!whole.success)
    throw new UserError(`${path}: expected { "mcpServers": { "${server}": { … } } }.`, problemsOf(whole.error));
  const names = Object.keys(whole.data.mcpServers);
  if (names.length !== 1 || names[0] !== server)
    throw new UserError(`${path}: expected the entry of the server "${server}" alone.`, [
      names.length === 0 ? "It has none." : `It has: ${names.join(", ")}.`,
    ]);
  const entry = whole.data.mcpServers[server];
  const isRemote = typeof entry === "object" && entry !== null && ("url" in entry || isRemoteType(entry));
  const read = (isRemote ? remote : stdio).safeParse(entry);
  if (!read.success)
    throw new UserError(`${path}: the entry of "${server}" cannot be used.`, [
      ...problemsOf(read.error),
      isRemote
        ? 'Expected { "type": "http" or "sse", "url": …, "headers": { … } }.'
        : 'Expected { "command": …, "args": [ … ], "env": { … } }, or { "type": "http", "url": … }.',
    ]);
  if ("url" in read.data) {
    const { type, url, headers } = read.data;
    return { kind: type === "sse" ? "sse" : "http", url, headers };
  }
  const { command, args, env } = read.data;
  return { kind: "stdio", command, args, env };
}

function isRemoteType(entry: object): boolean {
  return "type" in entry && entry.type !== "stdio";
}
