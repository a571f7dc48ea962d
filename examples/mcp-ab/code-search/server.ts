/**
 * An MCP server over stdin and stdout that searches the folder it is started in. It has no dependencies, so that its folder is all
 * there is to bring along. Protocol: https://modelcontextprotocol.io/specification
 */
import { createInterface } from "node:readline";
import { definedIn, files, type Line, linesOf, uses } from "./repository.ts";

const ROOT = process.cwd();
const MOST_LINES = 200;

type Arguments = Readonly<Record<string, unknown>>;

interface Tool {
  readonly name: string;
  readonly description: string;
  readonly argument: string;
  readonly run: (value: string) => string;
}

const TOOLS: readonly Tool[] = [
  {
    name: "find_symbol",
    description: "Where a function, class or variable is defined, and every line that uses it.",
    argument: "name",
    run(name) {
      const all = everyLine().filter((line) => uses(line, name));
      const defined = all.filter((line) => definedIn(line) === name);
      const used = all.filter((line) => definedIn(line) !== name);
      return `defined:\n${shown(defined)}\n\nused:\n${shown(used)}`;
    },
  },
  {
    name: "search",
    description: "Lines that contain a text.",
    argument: "text",
    run: (text) => shown(everyLine().filter((line) => line.text.includes(text))),
  },
  {
    name: "outline",
    description: "What a file defines.",
    argument: "path",
    run: (path) =>
      files(ROOT).includes(path)
        ? shown(linesOf(ROOT, path).filter((line) => definedIn(line) !== null))
        : `there is no file ${path} here`,
  },
];

function everyLine(): readonly Line[] {
  return files(ROOT).flatMap((path) => linesOf(ROOT, path));
}

function shown(lines: readonly Line[]): string {
  if (lines.length === 0) return "none";
  const text = lines.slice(0, MOST_LINES).map(({ path, line, text: content }) => `${path}:${line}: ${content.trim()}`);
  return lines.length > MOST_LINES ? `${text.join("\n")}\n… ${lines.length - MOST_LINES} more` : text.join("\n");
}

function call(name: unknown, given: Arguments): object {
  const tool = TOOLS.find((each) => each.name === name);
  const value = tool === undefined ? undefined : given[tool.argument];
  if (tool === undefined || typeof value !== "string" || value === "")
    return { isError: true, content: [{ type: "text", text: `${String(name)} needs its argument, a text` }] };
  return { content: [{ type: "text", text: tool.run(value) }] };
}

function answer(method: unknown, params: Arguments): object | null {
  switch (method) {
    case "initialize":
      return {
        protocolVersion: params["protocolVersion"] ?? "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: { name: "code-search", version: "1.0.0" },
      };
    case "tools/list":
      return {
        tools: TOOLS.map(({ name, description, argument }) => ({
          name,
          description,
          inputSchema: { type: "object", properties: { [argument]: { type: "string" } }, required: [argument] },
        })),
      };
    case "tools/call":
      return call(params["name"], (params["arguments"] ?? {}) as Arguments);
    case "ping":
      return {};
    default:
      return null;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params = {} } = JSON.parse(line) as { id?: unknown; method?: unknown; params?: Arguments };
  // A notification wants no answer.
  if (id === undefined) return;
  const result = answer(method, params);
  const reply = result === null ? { error: { code: -32601, message: `no method ${String(method)}` } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, ...reply })}\n`);
});
