import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { beforeAll, afterAll, describe, expect, test } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { complete } from "../../src/cli/completion/candidates.ts";
import { completionScript } from "../../src/cli/completion/scripts.ts";
import { regatta } from "./fake-io.ts";

const PROGRAM = resolve(import.meta.dirname, "../../dist/cli.mjs");
const EXPERIMENT = `schema_version = 2
[tasks]
default_dataset = "d"
[tasks.fix-bug]
[tasks."my.task"]
[profiles]
text = { agent = "command" }
[profiles.nop]
`;
let project: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "regatta-completion-"));
  await mkdir(join(project, "experiments/more"), { recursive: true });
  for (const batch of ["1", "2", "10"]) await mkdir(join(project, "results/demo", batch), { recursive: true });
  await writeFile(join(project, "experiments/demo.toml"), EXPERIMENT);
  await writeFile(join(project, "experiments/two words.toml"), EXPERIMENT);
  await writeFile(join(project, "experiments/half.toml"), "[tasks.");
  await writeFile(join(project, "experiments/notes.md"), "");
});
afterAll(() => rm(project, { recursive: true, force: true }));

/** The words offered for a line; a space at the end begins a new word. */
async function offered(line: string): Promise<string[]> {
  const { stdout, stderr, code } = await regatta(["complete", "--", ...line.split(" ").slice(1)], { cwd: project });
  expect([code, stderr]).toEqual([0, ""]);
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((one) => one.split("\t")[0] ?? "");
}

test.each([
  ["regatta r", ["run", "results", "retry", "recover", "reproduce"]],
  ["regatta com", ["compare", "completion"]],
  ["regatta --v", ["--version"]],
  ["regatta nothing ", []],
  ["regatta help pl", ["plan"]],
  ["regatta run ", ["experiments/demo.toml", "experiments/half.toml", "experiments/two words.toml"]],
  [
    "regatta run experiments/",
    ["experiments/demo.toml", "experiments/half.toml", "experiments/more/", "experiments/two words.toml"],
  ],
  ["regatta run nowhere/", []],
  ["regatta run experiments/demo.toml ", []],
  ["regatta run experiments/demo.toml --ta", ["--tasks"]],
  [
    "regatta run experiments/demo.toml -",
    [
      "--tasks",
      "--profiles",
      "--batch",
      "--attempts",
      "-n",
      "--parallel",
      "--quiet-verify",
      "--new",
      "--dry-run",
      "--detach",
      "--json",
      "--help",
    ],
  ],
  ["regatta run experiments/demo.toml --tasks ", ["fix-bug", "my.task"]],
  ["regatta run experiments/demo.toml --tasks fix-bug ", ["fix-bug", "my.task"]],
  ["regatta run experiments/demo.toml --tasks=m", ["--tasks=my.task"]],
  ["regatta run experiments/demo.toml --tasks fix-bug,m", ["fix-bug,my.task"]],
  ["regatta run experiments/demo.toml --profiles ", ["text", "nop"]],
  ["regatta run experiments/demo.toml --new --profiles t", ["text"]],
  ["regatta run experiments/half.toml --tasks ", []],
  ["regatta run --tasks ", []],
  ["regatta run experiments/demo.toml --batch ", []],
  ["regatta results demo/1", ["demo/10", "demo/1"]],
  ["regatta completion z", ["zsh"]],
  ["regatta init --dir exp", ["experiments/"]],
])("%s", async (line, words) => {
  expect(await offered(line)).toEqual(words);
});

test("any words at all are completed without an error, and with what was typed", () => {
  const word = fc.oneof(
    fc.constantFrom("run", "--tasks", "-n", "--", "plan", "--tasks=", "a,", "x.toml", "__proto__"),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      const completion = complete(COMMANDS, words);
      const last = words.at(-1) ?? "";
      if (completion.kind === "values") expect(completion.prefix + completion.unfinished).toBe(last);
      else for (const { value } of completion.words) expect(value.startsWith(last)).toBe(true);
    }),
  );
});

describe("in a real bash", () => {
  /** What bash would put on the line, for words as bash cuts them (at `=` too). */
  async function inBash(words: readonly string[]): Promise<string[]> {
    const script = `
      regatta() { ${quoted(process.execPath)} ${quoted(PROGRAM)} "$@"; }
      ${completionScript("bash")}
      cd ${quoted(project)}
      COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}
      complete -p regatta >/dev/null || exit 1
      _regatta && printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", script]);
    return stdout.split("\n").slice(0, -1);
  }

  test.each([
    [["regatta", "res"], ["results"]],
    [
      ["regatta", "run", ""],
      ["experiments/demo.toml", "experiments/half.toml", "experiments/two\\ words.toml"],
    ],
    [["regatta", "run", "experiments/demo.toml", "--tasks", "=", "f"], ["fix-bug"]],
    [
      ["regatta", "run", "experiments/demo.toml", "--tasks", "="],
      ["fix-bug", "my.task"],
    ],
    [["regatta", "run", "experiments/demo.toml", "--profiles", "text,n"], ["text,nop"]],
    [["regatta", "run", "$(touch owned)`touch owned`;touch owned", ""], [""]],
  ])("%j", async (words, reply) => {
    expect(await inBash(words)).toEqual(reply);
    expect(await offered("regatta run own")).toEqual([]);
  });

  function quoted(text: string): string {
    return `'${text.replaceAll("'", `'\\''`)}'`;
  }
});
