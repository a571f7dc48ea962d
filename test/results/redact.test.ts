import { chmod, lstat, mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { expect, test } from "vitest";
import { makeRedactor, REDACTED } from "../../src/host/redact.ts";
import { redactTree } from "../../src/host/redact-tree.ts";
import { temporaryDir, tree } from "./fixtures.ts";

const SECRET = 'sk-"live"/é+1234';

test.each([
  ["as it stands", SECRET],
  ["in JSON", JSON.stringify(SECRET).slice(1, -1)],
  ["in ASCII JSON", String.raw`sk-\"live\"/\u00e9+1234`],
  ["in JSON with escaped slashes", String.raw`sk-\"live\"\/é+1234`],
  ["URL-encoded", encodeURIComponent(SECRET)],
  ["URL-encoded in lower case", encodeURIComponent(SECRET).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
  ["in base64", Buffer.from(SECRET).toString("base64")],
  ["in base64url", Buffer.from(SECRET).toString("base64url")],
])("a secret is taken out %s", (_how, written) => {
  expect(makeRedactor([SECRET]).redactText(`before ${written} after`)).toBe(`before ${REDACTED} after`);
});

test("a secret inside a longer base64 text leaves at most the characters it shares with its neighbours", () => {
  for (const user of ["u:", "us:", "use:", "user:"]) {
    const header = Buffer.from(`${user}${SECRET}:x`).toString("base64");
    const clean = makeRedactor([SECRET]).redactText(header);
    const [before = "", after = ""] = clean.split(REDACTED);
    expect(clean).toContain(REDACTED);
    expect(header.startsWith(before) && header.endsWith(after)).toBe(true);
    expect(Buffer.from(before, "base64").toString("latin1")).not.toContain(SECRET.slice(0, 3));
  }
});

test("short values are left alone, since digests and numbers contain them", () => {
  const redactor = makeRedactor(["8", "", "true", "12345"]);
  expect(redactor.active).toBe(false);
  expect(redactor.redactText("8 true 12345")).toBe("8 true 12345");
});

test("of two secrets that begin alike the longer one goes", () => {
  expect(makeRedactor(["abcdef", "abcdefgh"]).redactText("abcdefgh abcdefx")).toBe(`${REDACTED} ${REDACTED}x`);
});

// A small alphabet, so that secrets overlap themselves, each other and the borders of chunks.
const word = fc.string({ unit: fc.constantFrom("a", "b", "é"), minLength: 6, maxLength: 9 });
const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "é"), maxLength: 5 }),
  word,
  fc.uint8Array({ maxLength: 4 }),
);

test("however a stream is cut into chunks, the result is that of the whole", () => {
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 3 }),
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(60), { maxLength: 10 }),
      (secrets, pieces, cuts) => {
        const redactor = makeRedactor(secrets);
        const whole = Buffer.concat([...pieces, ...secrets].map((each) => Buffer.from(each as string)));
        const chunks = redactor.stream();
        const out: Buffer[] = [];
        let at = 0;
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          out.push(chunks.push(whole.subarray(at, Math.max(at, cut))));
          at = Math.max(at, cut);
        }
        out.push(chunks.push(whole.subarray(at)), chunks.end());
        const result = Buffer.concat(out);
        expect(result).toEqual(redactor.redactBytes(whole));
        for (const secret of secrets) expect(result.includes(secret)).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});

test("text without a beginning of a secret is passed on at once", () => {
  const chunks = makeRedactor(["zzzzzzzz"]).stream();
  expect(chunks.push(Buffer.from("working\n")).toString()).toBe("working\n");
  expect(chunks.push(Buffer.from("zzz")).toString()).toBe("");
  expect(chunks.end().toString()).toBe("zzz");
});

test("a Node stream is redacted to its last byte", async () => {
  const stream = makeRedactor(["sk-secret"]).redactStream();
  stream.write("the key is sk-sec");
  stream.end("ret");
  expect(await text(stream)).toBe(`the key is ${REDACTED}`);
});

test("collected files lose their secrets and keep mode and time; nothing else is touched", async () => {
  const dir = temporaryDir();
  const outside = join(temporaryDir(), "outside.txt");
  const secret = "sk-secret-123";
  await writeFile(outside, secret);
  await mkdir(join(dir, "sub"));
  const binary = Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(secret), Buffer.from([128, 0])]);
  await writeFile(join(dir, "sub", "core"), binary);
  await writeFile(join(dir, "run.sh"), `export KEY=${secret}\n`);
  await chmod(join(dir, "run.sh"), 0o751);
  const then = new Date("2026-01-02T03:04:05Z");
  await utimes(join(dir, "run.sh"), then, then);
  await writeFile(join(dir, "clean.txt"), "nothing here");
  await writeFile(join(dir, `named ${secret}`), "x");
  await writeFile(join(dir, "large"), "y".repeat(2000));
  await symlink(outside, join(dir, "link"));
  await symlink(`/tmp/${secret}`, join(dir, "telling-link"));
  const clean = await stat(join(dir, "clean.txt"));

  const report = await redactTree(dir, makeRedactor([secret]), { maxFileBytes: 1000, maxBytes: 10_000 });
  expect(report.unchecked).toEqual([{ path: "large", reason: "larger than the limit (2000 bytes)" }]);
  expect(report.rewritten).toEqual([
    expect.stringMatching(/^named \[REDACTED\]\.[0-9a-f]{8}$/),
    "run.sh",
    "sub/core",
    "telling-link",
  ]);
  expect(await readFile(join(dir, "run.sh"), "utf8")).toBe(`export KEY=${REDACTED}\n`);
  const rewritten = await stat(join(dir, "run.sh"));
  expect([rewritten.mode & 0o777, rewritten.mtime]).toEqual([0o751, then]);
  expect(await readFile(join(dir, "sub", "core"))).toEqual(
    Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(REDACTED), Buffer.from([128, 0])]),
  );
  expect((await stat(join(dir, "clean.txt"))).ino).toBe(clean.ino);
  expect(await readFile(outside, "utf8")).toBe(secret);
  expect((await lstat(join(dir, "link"))).isSymbolicLink()).toBe(true);
  expect((await tree(dir)).filter((path) => path.includes(secret) || path.endsWith(".tmp"))).toEqual([]);
});
