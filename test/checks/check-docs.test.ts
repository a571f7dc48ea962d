import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDocs } from "../../scripts/check-docs.mjs";
import { commandLinesIn, headingsIn, linksIn, spansIn } from "../../scripts/markdown.mjs";
import { temporaryTree } from "./temporary-tree.ts";

const usage: Readonly<Record<string, string>> = {
  "": "Usage: regatta [options] [command]\n  -V, --version\nCommands:\n  run <experiment>\n",
  run: "Usage: regatta run\n  -n, --parallel <n>\n  --tasks <ids...>\n  --no-color\n",
};
async function help(command: readonly string[]): Promise<string | null> {
  return usage[command.join(" ")] ?? null;
}

async function problemsOf(markdown: string, files: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const root = temporaryTree({
    "package.json": JSON.stringify({ scripts: { check: "", test: "", "bench:one": "" } }),
    "src/engine/engine.ts": "",
    "src/agents/nop/agent.ts": "",
    "docs/other.md": "# One heading\n## Second: a `code`, and more!\n",
    "README.md": markdown,
    ...files,
  });
  return (await checkDocs(root, help)).problems.map((each) => `${each.file}:${each.line}: ${each.message}`);
}

describe("names that are right", () => {
  test.each([
    "[a](docs/other.md) ![b](./docs) [c](https://example.org/x.md) [d](#title) [e](mailto:a@b.c)\n# Title",
    '[a](docs/other.md#second-a-code-and-more) <img src="docs/other.md">',
    "[a]: docs/other.md",
    "`src/engine/engine.ts` `src/engine/` `src/engine/engine.ts:12` `src/{engine,agents}/` `src/agents/<name>/agent.ts`",
    "`src/**` `test.ts` `mysrc/x.ts` `[x](nowhere.md)`",
    "npm run check, npm test, npm run bench:one",
    "```sh\n$ npx regatta run x.toml --tasks a b -n 4 && regatta --version   # regatta sail\n```",
    "```sh\nregatta run x.toml \\\n  --tasks a\n```",
    "`regatta run --help` `regatta <command> --foo` `regatta`",
    "```\nregatta 0.1.0\n```",
    "regatta sails --fast in prose",
    "`regatta run x -- --not-ours`",
  ])("%s", async (markdown) => {
    expect(await problemsOf(markdown)).toEqual([]);
  });
});

describe("names that are wrong", () => {
  test.each([
    ["[a](docs/gone.md)", "README.md:1: the link target docs/gone.md does not exist"],
    ["\n![a](gone.png)", "README.md:2: the link target gone.png does not exist"],
    ["[a]: gone.md", "README.md:1: the link target gone.md does not exist"],
    [`<img src="gone.svg">`, "README.md:1: the link target gone.svg does not exist"],
    ["[a](docs/other.md#third)", "README.md:1: docs/other.md has no heading #third"],
    ["[a](#nowhere)", "README.md:1: this file has no heading #nowhere"],
    ["`src/gone.ts`", "README.md:1: src/gone.ts does not exist"],
    ["`src/{engine,gone}/`", "README.md:1: src/gone/ does not exist"],
    ["`src/gone/<name>.ts`", "README.md:1: src/gone/<name>.ts does not exist"],
    ["npm run chekc", `README.md:1: package.json has no script "chekc"`],
    ["`regatta sail`", `README.md:1: regatta has no command "sail"`],
    ["```\n$ A=1 npx regatta run --fast\n```", "README.md:2: regatta run has no option --fast"],
    ["```\necho a; node dist/cli.mjs run -q\n```", "README.md:2: regatta run has no option -q"],
    ["```\nregatta run \\\n  --fast\n```", "README.md:2: regatta run has no option --fast"],
    ["`regatta --tasks`", "README.md:1: regatta has no option --tasks"],
  ])("%s", async (markdown, expected) => {
    expect(await problemsOf(markdown)).toEqual([expected]);
  });

  test("in every document, but not in data", async () => {
    const found = await problemsOf("", {
      "docs/deep/a.md": "`src/gone.ts`",
      "examples/task/instruction.md": "`src/gone.ts`",
      "test/fixtures/a.md": "`src/gone.ts`",
      "node_modules/x/a.md": "`src/gone.ts`",
    });
    expect(found).toEqual(["docs/deep/a.md:1: src/gone.ts does not exist"]);
  });
});

test("the reader of Markdown takes any text", () => {
  const markdownish = fc.array(fc.constantFrom("`", "```", "\n", "[a](", ")", "# ", "regatta ", "--x", "\\", "é", "a"));
  fc.assert(
    fc.property(markdownish, (parts) => {
      const text = parts.join("");
      const lines = text.split("\n").length;
      const found = [...linksIn(text), ...spansIn(text), ...commandLinesIn(text)];
      for (const { line } of found) expect(line >= 1 && line <= lines).toBe(true);
      for (const anchor of headingsIn(text)) expect(anchor).not.toMatch(/\s/);
    }),
  );
});
