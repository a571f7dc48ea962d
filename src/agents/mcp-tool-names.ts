/** Names of MCP servers' tools as agents show them to a model: `mcp__<server>__<tool>`, in the characters that a provider takes. */

/** As Claude Code writes a server's name there: `my.server` is `my_server`. */
export function toolServerName(server: string): string {
  return server.replaceAll(/[^A-Za-z0-9_-]/g, "_");
}

/** The server of a tool's name, as far as it can be told; null = the agent's own tool. */
export function serverOfTool(tool: string): string | null {
  return /^mcp__(.+?)__./.exec(tool)?.[1] ?? null;
}

/** Whether `serverOfTool` gives this for tools of that server, in either agent's spelling: Codex takes no `-` either. */
export function isServerOfTool(found: string, server: string): boolean {
  const expected = serverOfTool(`mcp__${toolServerName(server)}__tool`) ?? server;
  return found.replaceAll("-", "_") === expected.replaceAll("-", "_");
}
