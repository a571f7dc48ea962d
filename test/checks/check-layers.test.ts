import { spawnSync } from "node:child_process";
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { checkLayers } from "../../scripts/check-layers.mjs";
import { projectRoot } from "../../scripts/set-up.mjs";
import { temporaryTree } from "./temporary-tree.ts";

const table = {
  layers: { base: [], ports: ["base"], engine: ["base", "ports"], app: ["base", "ports", "engine"], cli: ["app"] },
  open: ["base"],
  ports: { ports: ["port.ts"] },
  composer: ["app"],
  builtins: {
    base: { forbid: ["*"] },
    ports: { forbid: ["*"], typesAllowed: true },
    engine: { forbid: ["fs", "child_process"] },
  },
};

/** A tree in which every folder has a file, plus the given ones. */
function tree(files: Readonly<Record<string, string>>, changes: object = {}): string {
  return temporaryTree({
    "layers.json": JSON.stringify({ ...table, ...changes }),
    "package.json": JSON.stringify({ dependencies: { zod: "1", "@scope/lib": "1" } }),
    "src/base/path.ts": "export const base = 1;",
    "src/ports/port.ts": "export interface Port { a: string }",
    "src/ports/docker/docker.ts": "export const docker = 1;",
    "src/engine/engine.ts": "export const engine = 1;",
    "src/app/run.ts": "export const run = 1;",
    "src/cli/main.ts": "export const main = 1;",
    ...files,
  });
}

function messages(root: string): string[] {
  return checkLayers(root).problems.map((each) => `${each.file}:${each.line}:${each.column}: ${each.message}`);
}

describe("what may be imported", () => {
  test.each([
    ["an open folder, any file", "src/engine/a.ts", `import { base } from "../base/path.ts";`],
    ["a port", "src/engine/a.ts", `import type { Port } from "../ports/port.ts";`],
    ["an implementation, by the composer", "src/app/a.ts", `import { docker } from "../ports/docker/docker.ts";`],
    ["the composer, by the row that names it", "src/cli/a.ts", `export { run } from "../app/run.ts";`],
    ["its own folder", "src/ports/docker/a.ts", `import { docker } from "./docker.ts"; import "../port.ts";`],
    ["a dependency and a part of one", "src/cli/a.ts", `import "zod/v4"; import "@scope/lib/part";`],
    ["the types of a development dependency", "src/cli/a.ts", `import type { A } from "extra-typings";`],
    ["a builtin where none is forbidden", "src/app/a.ts", `import "node:fs"; import "path";`],
    ["a builtin that is not forbidden", "src/engine/a.ts", `import "node:path";`],
    ["the types of a builtin, where allowed", "src/ports/a.ts", `import type { Readable } from "node:stream";`],
    ["vitest, in a test", "src/base/path.test.ts", `import { test } from "vitest";`],
    ["vitest, in a contract suite", "src/ports/testing/contract.ts", `import { test } from "vitest";`],
    [
      "words in comments, strings and mocks",
      "src/base/a.ts",
      `// import "../app/run.ts"\nvi.mock("../app/run.ts"); "import '../app/run.ts'";`,
    ],
  ])("%s", (_, file, text) => {
    expect(messages(tree({ [file]: text }))).toEqual([]);
  });
});

describe("every spelling of an import that is not allowed is found", () => {
  test.each([
    ["import", `import { run } from "../app/run.ts";`],
    ["import for its effects", `import "../app/run.ts";`],
    ["default import", `import run from "../app/run.ts";`],
    ["namespace import", `import * as run from "../app/run.ts";`],
    ["import type", `import type { run } from "../app/run.ts";`],
    ["inline type import", `import { type run } from "../app/run.ts";`],
    ["named re-export", `export { run } from "../app/run.ts";`],
    ["re-export of everything", `export * from "../app/run.ts";`],
    ["namespace re-export", `export * as run from "../app/run.ts";`],
    ["type re-export", `export type { run } from "../app/run.ts";`],
    ["import()", `const run = await import("../app/run.ts");`],
    ["import() with a template literal", "const run = await import(`../app/run.ts`);"],
    ["import() inside a function", `function f() { return () => import("../app/run.ts"); }`],
    ["import = require", `import run = require("../app/run.ts");`],
    ["require", `const run = require("../app/run.ts");`],
    ["import type node", `let run: import("../app/run.ts").Run;`],
    ["typeof import", `let run: typeof import("../app/run.ts");`],
    ["module augmentation", `declare module "../app/run.ts" { interface A { b: 1 } }`],
    ["reference path", `/// <reference path="../app/run.ts" />`],
    ["new URL of a module", `new Worker(new URL("../app/run.ts", import.meta.url));`],
    ["without an extension", `import "../app/run";`],
    ["with the extension of the output", `import "../app/run.js";`],
    ["a roundabout path", `import "../base/../app/run.ts";`],
    ["a directory", `import "../app";`],
  ])("%s", (_, text) => {
    const found = messages(tree({ "src/engine/a.ts": text }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^src\/engine\/a\.ts:1:\d+: engine may not import app \(layers\.json\)$/);
  });

  test("in every kind of file, tests and contract suites included", () => {
    const files = ["a.mts", "a.cts", "a.tsx", "a.js", "a.mjs", "a.test.ts", "testing/a.ts", "deep/er/a.d.ts"];
    for (const file of files) {
      const up = "../".repeat(file.split("/").length);
      expect(messages(tree({ [`src/base/${file}`]: `import "${up}app/run.ts";` })), file).toHaveLength(1);
    }
  });
});

describe("what may not be imported", () => {
  test.each([
    [
      "an implementation",
      "src/engine/a.ts",
      `import "../ports/docker/docker.ts";`,
      "only port.ts, not docker/docker.ts",
    ],
    ["a whole folder with ports", "src/engine/a.ts", `import "../ports";`, "only port.ts, not the folder"],
    ["outside src", "src/engine/a.ts", `import "../../test/x.ts";`, "leaves src/"],
    ["a computed path", "src/engine/a.ts", "await import(name);", "computed path"],
    ["an absolute path", "src/engine/a.ts", `import "/etc/x.ts";`, "neither a relative path nor a package"],
    ["a file URL", "src/engine/a.ts", `import "file:///etc/x.ts";`, "neither a relative path nor a package"],
    ["a subpath import", "src/engine/a.ts", `import "#app";`, "neither a relative path nor a package"],
    ["a package that is not installed for users", "src/cli/a.ts", `import "vitest";`, "not in the dependencies"],
    ["a builtin in base", "src/base/a.ts", `import "node:path";`, "base may not import node:path"],
    ["the types of a builtin in base", "src/base/a.ts", `import type * as p from "node:path";`, "base may not import"],
    ["a builtin where only types are allowed", "src/ports/a.ts", `import "node:fs";`, "except for types"],
    ["a forbidden builtin", "src/engine/a.ts", `import "node:fs";`, "engine may not import node:fs"],
    ["a part of a forbidden builtin", "src/engine/a.ts", `import "node:fs/promises";`, "node:fs/promises"],
    ["a forbidden builtin without its prefix", "src/engine/a.ts", `import "child_process";`, "node:child_process"],
    [
      "an implementation, by a port file",
      "src/ports/port.ts",
      `export * from "./docker/docker.ts";`,
      "a port file may import only",
    ],
  ])("%s", (_, file, text, expected) => {
    const found = messages(tree({ [file]: text }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test("a folder without ports, by anyone but a composer", () => {
    const root = tree(
      { "src/cli/a.ts": `import "../engine/engine.ts";` },
      { layers: { ...table.layers, cli: ["app", "engine"] } },
    );
    expect(messages(root)).toEqual([
      "src/cli/a.ts:1:1: of engine, cli may import nothing: it has no port, not engine.ts",
    ]);
  });
});

describe("the tree and the table", () => {
  test("a file in the root of src", () => {
    expect(messages(tree({ "src/index.ts": "" }))).toEqual(["src/index.ts:1:1: no file may stand in the root of src/"]);
  });

  test("a folder that has no row", () => {
    const found = messages(tree({ "src/extra/a.ts": "", "src/app/a.ts": `import "../extra/a.ts";` }));
    expect(found).toEqual([
      "layers.json:1:1: src/extra has no row in layers",
      "src/app/a.ts:1:1: src/extra has no row in layers.json",
    ]);
  });

  test("a row that names nothing, a cycle, and a port that is not there", () => {
    const root = tree(
      {},
      {
        layers: { ...table.layers, base: ["engine"] },
        open: ["base", "nowhere"],
        ports: { ports: ["port.ts", "gone.ts"] },
      },
    );
    const found = messages(root).join("\n");
    expect(found).toContain(`"nowhere" is named but has no row`);
    expect(found).toContain(`"base" may import itself`);
    expect(found).toContain("the port src/ports/gone.ts does not exist");
  });

  test("the command counts what it saw, and fails when something is wrong", () => {
    const root = tree({ "src/base/a.ts": `import "../app/run.ts";` });
    cpSync(join(projectRoot, "scripts"), join(root, "scripts"), { recursive: true });
    symlinkSync(join(projectRoot, "node_modules"), join(root, "node_modules"));
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "scripts/check-layers.mjs")], {
      encoding: "utf8",
    });
    expect({ status, stdout, stderr }).toEqual({
      status: 1,
      stdout: "1 imports in 7 files, 1 against the layers\n",
      stderr: "src/base/a.ts:1:1: base may not import app (layers.json)\n",
    });
  });
});
