/** `[mcp]` and `[mcp_aliases]`. */
import { z } from "zod";
import { folderName, line, nameExpected, path } from "./values.ts";
import { element, option } from "./words.ts";

const pythonSource = z.strictObject({
  git: option(line, { description: "Git repository of the project.", expected: "the URL of a git repository" }),
  path: option(path, { description: "Folder of the project.", expected: "the path of a folder" }),
  ref: option(line, { description: "Branch, tag or commit. Default: its head.", expected: "a branch, tag or commit" }),
  extras: option(z.array(element(line, { expected: "the name of an extra" })), {
    description: "Extras to install.",
    expected: 'an array such as ["server"]',
  }),
});

export const mcpTable = z.strictObject({
  path: option(path, {
    description: "Folder with the server's code. Wins over mcp_git_source.",
    expected: "the path of a folder",
  }),
  npm: option(z.string().regex(/^(@[\w.-]+\/)?[\w.-]+(@\S+)?$/), {
    description: "The npm package of the server.",
    expected: 'a package such as "@scope/server@1.2.3"',
  }),
  python: option(pythonSource, {
    description: "The Python project of the server.",
    expected: 'a table such as { git = "https://…", ref = "main" }',
  }),
});

export const aliasesTable = z
  .record(element(folderName(), { expected: nameExpected }), element(path, { expected: "the path of a folder" }))
  .meta({ description: "MCP server → its directory, where they differ." });
