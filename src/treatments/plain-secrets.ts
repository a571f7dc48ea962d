/** Secrets that stand as they are in an `.mcp.json`: they go to the sandbox, and into no record. */
import { createHash } from "node:crypto";
import { namesSecret } from "../base/secret-names.ts";
import type { McpEntry } from "./mcp-file.ts";
import type { ServerDirectory } from "./server-directory.ts";

/** A value that is a variable of the agent's is none: only its name stands there. */
function isPlainSecret(name: string, value: string): boolean {
  return namesSecret(name) && value !== "" && !value.includes("${");
}

/** The same entry with a digest for each secret, so that another one is still another definition. */
export function withoutSecrets(entry: McpEntry): McpEntry {
  if (entry.kind === "stdio") return { ...entry, env: masked(entry.env) };
  return { ...entry, headers: masked(entry.headers) };
}

function masked(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, isPlainSecret(name, value) ? digest(value) : value]),
  );
}

function digest(value: string): string {
  return `sha256:${createHash("sha256").update(value).digest("hex").slice(0, 12)}`;
}

/** A note for each: the agent can read it, and what it prints is not searched for a value that nobody named. */
export function plainSecrets({ name: server, entry }: ServerDirectory): readonly string[] {
  const values = entry.kind === "stdio" ? entry.env : entry.headers;
  const found = Object.entries(values).flatMap(([name, value]) => (isPlainSecret(name, value) ? [name] : []));
  if (found.length === 0) return [];
  return [
    `the .mcp.json of ${server} holds ${found.join(", ")} as it is: write \${NAME} there and let NAME in by env, so that it is kept out of results`,
  ];
}
