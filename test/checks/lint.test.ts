/** The lint rules that the project relies on really fire: a renamed rule or a lost plugin would pass everything in silence. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../scripts/set-up.mjs";
import { temporaryTree } from "./temporary-tree.ts";

function rulesThatFire(files: Readonly<Record<string, string>>): string[] {
  const root = temporaryTree({
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        strict: true,
        module: "nodenext",
        target: "es2023",
        noEmit: true,
        allowImportingTsExtensions: true,
      },
    }),
    "package.json": JSON.stringify({ type: "module" }),
    ...files,
  });
  const oxlint = join(projectRoot, "node_modules/oxlint/bin/oxlint");
  const config = join(projectRoot, ".oxlintrc.json");
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [oxlint, "--type-aware", "--threads=1", "-c", config, "--format=json", "."],
    {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, OXLINT_TSGOLINT_PATH: join(projectRoot, "node_modules/.bin/tsgolint") },
    },
  );
  expect(stderr).not.toContain("rror");
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; severity: string }[] };
  return diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
}

test("type-aware and other rules fire on bad code, as errors", () => {
  const rules = rulesThatFire({
    "floating.ts": "async function work(): Promise<void> {}\nexport function f(): void {\n  work();\n}\n",
    "misused.ts":
      "async function work(): Promise<boolean> {\n  return true;\n}\nexport function f(): number {\n  if (work()) return 1;\n  return 2;\n}\n",
    "callback.ts": "export function f(list: number[]): void {\n  list.forEach(async (each) => console.log(each));\n}\n",
    "switch.ts":
      'export function f(kind: "a" | "b"): number {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n',
    "any.ts": "export function f(value: any): void {\n  console.log(value);\n}\n",
    "empty.ts": "export function f(): void {\n  try {\n    console.log();\n  } catch {}\n}\n",
    "cycle-a.ts": 'import { b } from "./cycle-b.ts";\nexport const a = (): number => b();\n',
    "cycle-b.ts": 'import { a } from "./cycle-a.ts";\nexport const b = (): number => a();\n',
    "type-import.ts": 'import { A } from "./type.ts";\nexport const a: A = 1;\n',
    "type.ts": "export type A = number;\n",
    "focus.test.ts": 'import { test } from "vitest";\ntest.only("a", () => {});\n',
  });
  for (const rule of [
    "typescript(no-floating-promises)",
    "typescript(no-misused-promises)",
    "typescript(switch-exhaustiveness-check)",
    "typescript(no-explicit-any)",
    "eslint(no-empty)",
    "import(no-cycle)",
    "typescript(consistent-type-imports)",
    "vitest(no-focused-tests)",
  ]) {
    expect(
      rules.some((each) => each.replace("-eslint", "") === rule),
      `${rule} among ${rules.join(", ")}`,
    ).toBe(true);
  }
});

test("good code passes", () => {
  const rules = rulesThatFire({
    "good.ts":
      'export async function f(kind: "a" | "b"): Promise<number> {\n  switch (kind) {\n    case "a":\n      return 1;\n    case "b":\n      return 2;\n  }\n}\n',
  });
  expect(rules).toEqual([]);
});
