/** A tar stream that a sandbox could have made up: whatever its entries say, nothing lands outside the folder. */
import fc from "fast-check";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { leftOutList } from "../../src/environments/archive/left-out.ts";
import { damageOf, plainPath, receiveTree } from "../../src/environments/archive/receive-tree.ts";
import { TAR_END, tarHeader, type TarMeta, tarPadding } from "../../src/environments/archive/tar-writer.ts";
import { PLENTY } from "../../src/environments/testing/contract-bed.ts";

interface Entry {
  readonly name: string;
  readonly kind?: TarMeta["kind"];
  readonly target?: string;
  readonly content?: string;
  /** Of the header, where it is to lie. */
  readonly size?: number;
  /** The type's letter in place of the kind's: `3` a device, `1` another name of `target`. */
  readonly type?: string;
}

function packed(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap(({ name, kind = "file", target = "", content = "bad", size, type }) => {
    const body = kind === "file" ? Buffer.from(content) : Buffer.alloc(0);
    const ids = { mode: 0o6777, uid: 0, gid: 0 };
    const meta = { name: Buffer.from(name), kind, target: Buffer.from(target), size: size ?? body.length, ...ids };
    const header = tarHeader(meta);
    if (type !== undefined) retype(header, type);
    return [header, body, tarPadding(body.length)];
  });
  return Buffer.concat([...parts, TAR_END]);
}

/** The last block of a header with its checksum made again. */
function retype(header: Buffer, type: string): void {
  const block = header.subarray(-512);
  block.write(type, 156, "latin1");
  block.fill(0x20, 148, 156);
  block.write(
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1",
  );
}

function bed(): { readonly to: string; readonly victims: string } {
  const top = mkdtempSync(join(tmpdir(), "regatta-archive-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const [to, victims] = [join(top, "a/b/out"), join(top, "victims")];
  for (const dir of [to, victims]) mkdirSync(dir, { recursive: true });
  writeFileSync(join(victims, "file"), "mine");
  return { to, victims };
}

async function received(
  to: string,
  archive: Buffer,
): Promise<{ readonly files: number; readonly leftOut: readonly string[] }> {
  const leftOut = leftOutList();
  const receiver = receiveTree({ from: "/logs", to, single: false, limits: PLENTY, leftOut, pathOf: plainPath });
  const damage = await damageOf(() => {
    receiver.read(archive);
    return Promise.resolve(null);
  });
  const { files } = receiver.settle(damage);
  return { files, leftOut: leftOut.report().leftOut.map(({ path }) => path) };
}

test("entries that climb, are absolute, go through a link or are no files are left out; the rest arrives", async () => {
  const { to, victims } = bed();
  const { files, leftOut } = await received(
    to,
    packed([
      { name: "../climbs" },
      { name: "a/../../climbs" },
      { name: "../../../victims/file" },
      { name: join(victims, "file") },
      { name: "link", kind: "link", target: victims },
      { name: "link/file" },
      { name: "up", kind: "link", target: "../../../victims" },
      { name: "up/file" },
      { name: "hard", type: "1", target: join(victims, "file"), content: "" },
      { name: "hard/x" },
      { name: "device", type: "3", content: "" },
      { name: "block", type: "4", content: "" },
      { name: "pipe", type: "6", content: "" },
      { name: "good", content: "good" },
    ]),
  );
  expect(readFileSync(join(victims, "file"), "utf8")).toBe("mine");
  expect(readdirSync(victims)).toEqual(["file"]);
  expect(readdirSync(join(to, "../.."))).toEqual(["b"]);
  expect(readFileSync(join(to, "good"), "utf8")).toBe("good");
  for (const name of ["../climbs", "device", "block", "pipe"]) expect(leftOut).toContain(name);
  expect(files).toBeGreaterThan(0);
  const entries = readdirSync(to, { withFileTypes: true, recursive: true });
  expect(entries.filter((entry) => !entry.isFile() && !entry.isDirectory()).map(({ name }) => name)).toEqual([]);
});

test("a size that is not the content's spoils that file and nothing outside", async () => {
  const { to, victims } = bed();
  const { leftOut } = await received(
    to,
    packed([
      { name: "first", content: "x" },
      { name: "lies", size: 1 << 28 },
    ]),
  );
  expect(readdirSync(to)).toEqual(["first"]);
  expect(leftOut).toEqual(["lies"]);
  expect(readdirSync(victims)).toEqual(["file"]);
});

test("no archive at all writes outside, whatever its names and targets", async () => {
  const word = fc.constantFrom("..", ".", "a", "b", "victims", "", "link", "é", "out");
  const path = fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
  const entry = fc.record({
    name: path,
    kind: fc.constantFrom<TarMeta["kind"]>("file", "directory", "link"),
    target: fc.oneof(
      path,
      path.map((rest) => `../../../${rest}`),
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
      const top = mkdtempSync(join(tmpdir(), "regatta-archive-"));
      try {
        const to = join(top, "x/y/out");
        mkdirSync(to, { recursive: true });
        mkdirSync(join(top, "victims"));
        await received(to, packed(entries));
        expect(readdirSync(top).toSorted()).toEqual(["victims", "x"]);
        expect(readdirSync(join(top, "victims"))).toEqual([]);
        expect(readdirSync(join(top, "x"))).toEqual(["y"]);
        expect(readdirSync(join(top, "x/y"))).toEqual(["out"]);
      } finally {
        rmSync(top, { recursive: true, force: true });
      }
    }),
    { numRuns: 200 },
  );
});
