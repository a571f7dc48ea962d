/** The dotenv grammar, and errors that never show what stands in the file. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { UserError } from "../../src/contract/failure.ts";
import { parseEnv, readEnvFile } from "../../src/host/env-file.ts";

async function envFile(content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "regatta-env-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, ".env");
  await writeFile(path, content);
  return path;
}

async function linesOf(path: string): Promise<readonly string[]> {
  const error: unknown = await readEnvFile(path).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error("no user error", { cause: error });
  return [error.message, ...error.lines].map((line) => line.replaceAll(path, "<file>"));
}

test.each([
  ["plain", "A=1", { A: "1" }],
  ["export, blanks", "  export  A = 1  ", { A: "1" }],
  ["nothing", "A=", { A: "" }],
  ["comments", "# x\n\n  # y\nA=1 # z\nB=a#b\nC=#d", { A: "1", B: "a#b", C: "" }],
  [
    "quotes",
    `A="a # b" # c\nB='it is $HOME \\n'\nC="a\\nb\\"c\\\\d\\qe"`,
    { A: "a # b", B: "it is $HOME \\n", C: 'a\nb"c\\d\\qe' },
  ],
  ["values with = and quotes inside", `A=a=b==\nB=a"b"`, { A: "a=b==", B: 'a"b"' }],
  ["several lines", 'KEY="-----BEGIN\nabc\n-----END"\nB=2', { KEY: "-----BEGIN\nabc\n-----END", B: "2" }],
  ["CRLF", 'A=1\r\nB="x\r\ny"\r\n', { A: "1", B: "x\ny" }],
  ["a byte order mark", "\uFEFFA=1", { A: "1" }],
  ["the last one wins", "A=1\nA=2", { A: "2" }],
  ["empty", "", {}],
])("%s", async (_title, text, wanted) => {
  expect({ ...(await readEnvFile(await envFile(text))) }).toEqual(wanted);
});

test("names that every object has are found only when they are there", async () => {
  const values = await readEnvFile(await envFile("__proto__=x\nvalueOf=y"));
  expect(Object.entries(values)).toEqual([
    ["__proto__", "x"],
    ["valueOf", "y"],
  ]);
  expect(values["constructor"]).toBeUndefined();
});

test("bad lines are told all at once, without what stands there", async () => {
  const path = await envFile('A=1\nsk-secret-1\nB C=sk-secret-2\n1A=sk-secret-3\nD="sk" sk-secret-4\nE="sk-secret-5\n');
  expect(await linesOf(path)).toEqual([
    "The env file has lines that cannot be used:",
    "<file>:2: expected NAME=value (the line is not shown, it may hold a secret)",
    "<file>:3: expected NAME=value (the line is not shown, it may hold a secret)",
    "<file>:4: expected NAME=value (the line is not shown, it may hold a secret)",
    '<file>:5: there is more after the closing " of D',
    '<file>:6: the value of E has no closing "',
  ]);
});

test("missing, not text, too big", async () => {
  const path = await envFile(Uint8Array.of(0x41, 0x3d, 0xff));
  expect(await linesOf(path)).toEqual(["The env file <file> is not UTF-8 text."]);
  expect(await linesOf(`${path}.none`)).toEqual(["The env file <file> cannot be read: there is no such file."]);
  expect(await linesOf(await envFile("A=\0"))).toEqual(["The env file <file> is not UTF-8 text."]);
  const big = await envFile(new Uint8Array(1024 * 1024 + 1).fill(0x41));
  expect(await linesOf(big)).toEqual(["The env file <file> is too big (at most 1048576 bytes)."]);
});

test("any value written in double quotes comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const quoted = value
        .replaceAll("\\", "\\\\")
        .replaceAll('"', '\\"')
        .replaceAll("\n", "\\n")
        .replaceAll("\r", "\\r");
      const { values, faults } = parseEnv(`A="${quoted}" # x\nB=2`);
      expect(faults).toEqual([]);
      expect(values["A"]).toBe(value);
      expect(values["B"]).toBe("2");
    }),
  );
});

test("no text brings anything but values and faults, and no fault shows the text", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { faults } = parseEnv(`${text}\nsk-secret ${text}`);
      for (const { message } of faults) expect(message).not.toContain("sk-secret");
    }),
  );
});
