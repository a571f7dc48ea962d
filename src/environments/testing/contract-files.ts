/** Contract: files in and out, when nobody means harm. */
import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { chmod, mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FileMissing, FileTooLarge } from "../environment.ts";
import { PLENTY, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

/** 255 bytes is the longest name there is; bytes that are no UTF-8 are names too. */
const ODD_NAMES = [
  "a b",
  "new\nline",
  "tab\there",
  "-rf",
  "'quote\"",
  "back\\slash",
  "*",
  "$HOME",
  "ünï",
  "x".repeat(255),
  "é".repeat(127),
  ".hidden",
  "...",
  "#",
  "%41",
];
const NOT_UTF8 = Buffer.from([0x6e, 0xff, 0xfe, 0x80]);

export function filesContract({ bed, needs, abilities }: ContractContext): void {
  describe("files", () => {
    it("reads back what it wrote, and makes parent directories", async () => {
      const environment = await bed().started();
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
      await environment.writeFile("/new/dir with space/f", bytes);
      expect(Buffer.compare(await environment.readFile("/new/dir with space/f"), bytes)).toBe(0);
      await environment.writeFile("/new/f", "short");
      await environment.writeFile("/new/f", "");
      expect((await environment.readFile("/new/f")).length).toBe(0);
      await environment.writeFile("/new/script", "#!/bin/sh\necho ran\n", { mode: 0o755 });
      expect((await sh(environment, "/new/script; stat -c %a /new/script /new/f /new")).stdout).toBe(
        "ran\n755\n644\n755\n",
      );
    });

    it("replaces a link or a pipe that stands where it writes, instead of writing through it", async () => {
      const environment = await bed().started();
      await sh(environment, "mkdir /d; echo kept >/d/target; ln -s target /d/link; mkfifo /d/pipe");
      await environment.writeFile("/d/link", "new");
      await environment.writeFile("/d/pipe", "new");
      expect((await sh(environment, "cat /d/target /d/link /d/pipe; stat -c %F /d/link /d/pipe")).stdout).toBe(
        "kept\nnewnewregular file\nregular file\n",
      );
    });

    it("says what is missing and what is too large", async () => {
      const environment = await bed().started();
      await sh(
        environment,
        "head -c 1000 /dev/zero >/thousand; ln -s nowhere /dangling; truncate -s 20G /sparse; mkfifo /pipe",
      );
      await expect(environment.readFile("/none")).rejects.toBeInstanceOf(FileMissing);
      await expect(environment.readFile("/thousand/none")).rejects.toBeInstanceOf(FileMissing);
      await expect(environment.readFile("/dangling")).rejects.toBeInstanceOf(FileMissing);
      await expect(environment.readFile("/thousand", { maxBytes: 999 })).rejects.toBeInstanceOf(FileTooLarge);
      expect((await environment.readFile("/thousand", { maxBytes: 1000 })).length).toBe(1000);
      await expect(environment.readFile("/sparse")).rejects.toBeInstanceOf(FileTooLarge);
      await expect(environment.readFile("/pipe")).rejects.toThrow(/\/pipe/);
      await expect(environment.readFile("/etc")).rejects.toThrow(/\/etc/);
    });

    needs(abilities.canSwitchUser)("gives files to the user they are for", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      await mkdir(join(from, "sub"));
      await writeFile(join(from, "sub/f"), "x");
      await environment.writeFile("/for/one", "x", { user: 4242 });
      await sh(environment, "mkdir /tree; echo old >/tree/old");
      await environment.upload(from, "/tree", { user: 4242 });
      await environment.upload(from, "/roots");
      expect(
        (await sh(environment, "stat -c '%u %n' /for/one /tree/old /tree/sub /tree/sub/f /roots/sub/f")).stdout,
      ).toBe("4242 /for/one\n0 /tree/old\n4242 /tree/sub\n4242 /tree/sub/f\n0 /roots/sub/f\n");
    });

    it("uploads a single file under the name it is given", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      await writeFile(join(from, "f"), "content", { mode: 0o751 });
      await chmod(join(from, "f"), 0o751);
      await environment.upload(join(from, "f"), "/deep/er/name");
      expect((await sh(environment, "cat /deep/er/name; stat -c ' %a' /deep/er/name")).stdout).toBe("content 751\n");
      await expect(environment.upload(join(from, "none"), "/x")).rejects.toThrow(/none/);
    });

    it("carries trees both ways: modes, links, odd names, empty directories", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      const to = join(await bed().scratch(), "out");
      await mkdir(join(from, "empty"));
      await mkdir(join(from, "sub/deep"), { recursive: true });
      for (const [index, name] of ODD_NAMES.entries()) await writeFile(join(from, "sub", name), `content ${index}`);
      await writeFile(join(from, "tool"), "#!/bin/sh\n");
      await chmod(join(from, "tool"), 0o750);
      await symlink("../tool", join(from, "sub/deep-link"));
      await symlink("sub", join(from, "dir-link"));
      await environment.upload(from, "/up/loaded");
      expect(
        (
          await sh(
            environment,
            "stat -c %a /up/loaded/tool; readlink /up/loaded/dir-link; ls -A /up/loaded/sub | head -c 0; ls -d /up/loaded/empty",
          )
        ).stdout,
      ).toBe("750\nsub\n/up/loaded/empty\n");
      const report = await environment.download("/up/loaded", to, PLENTY);
      expect(report).toMatchObject({ leftOut: [], leftOutCount: 0 });
      expect(tree(Buffer.from(to))).toEqual(tree(Buffer.from(from)));
      expect(report.files).toBe(ODD_NAMES.length + 3);
    });

    it("leaves out what has a name that is no UTF-8, and says so", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      const to = join(await bed().scratch(), "out");
      await writeFile(join(from, "plain"), "kept");
      await writeFile(Buffer.concat([Buffer.from(`${from}/`), NOT_UTF8]), "raw");
      await environment.upload(from, "/named");
      const report = await environment.download("/named", to, PLENTY);
      expect(report).toMatchObject({ files: 1, leftOutCount: 1, leftOut: [{ reason: "its name is not UTF-8" }] });
    });

    it("merges an upload into a directory that exists and leaves that directory's mode alone", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      await chmod(from, 0o700);
      await writeFile(join(from, "new"), "new");
      await sh(environment, "mkdir -m 1777 /there; echo old >/there/old; echo old >/there/new");
      await environment.upload(from, "/there");
      expect((await sh(environment, "cat /there/old /there/new; stat -c ' %a' /there")).stdout).toBe("old\nnew 1777\n");
    });

    it("downloads a single file to the very path, and merges a tree into what is there", async () => {
      const environment = await bed().started();
      const to = await bed().scratch();
      await sh(environment, "mkdir -p /logs/a; echo one >/logs/a/one; echo two >/logs/two");
      expect(await environment.download("/logs/two", join(to, "renamed"), PLENTY)).toMatchObject({
        files: 1,
        bytes: 4,
      });
      expect(readFileSync(join(to, "renamed"), "utf8")).toBe("two\n");
      await mkdir(join(to, "tree/a"), { recursive: true });
      await writeFile(join(to, "tree/a/own"), "kept");
      await writeFile(join(to, "tree/two"), "older and longer");
      await environment.download("/logs", join(to, "tree"), PLENTY);
      expect(readFileSync(join(to, "tree/a/own"), "utf8")).toBe("kept");
      expect(readFileSync(join(to, "tree/a/one"), "utf8")).toBe("one\n");
      expect(readFileSync(join(to, "tree/two"), "utf8")).toBe("two\n");
      await expect(environment.download("/none", join(to, "none"), PLENTY)).rejects.toBeInstanceOf(FileMissing);
    });

    it("carries 100 MB both ways", async () => {
      const environment = await bed().started();
      const from = await bed().scratch();
      const to = await bed().scratch();
      await writeFile(join(from, "big"), "start");
      await truncate(join(from, "big"), 100_000_000);
      await environment.upload(from, "/big");
      await sh(environment, "printf end >>/big/big");
      const report = await environment.download("/big", to, PLENTY);
      expect(report).toMatchObject({ files: 1, bytes: 100_000_003, leftOutCount: 0 });
      const digest = (content: Buffer) => createHash("sha256").update(content).digest("hex");
      const expected = Buffer.alloc(100_000_003);
      expected.write("start");
      expected.write("end", 100_000_000);
      expect(digest(readFileSync(join(to, "big")))).toBe(digest(expected));
    });
  });
}

/** Everything below a directory as comparable lines. Modes as far as a download keeps them: the owner can always read. */
function tree(dir: Buffer, prefix = ""): readonly string[] {
  return readdirSync(dir, { encoding: "buffer" })
    .flatMap((name) => {
      const path = Buffer.concat([dir, Buffer.from("/"), name]);
      const shown = `${prefix}${name.toString("latin1")}`;
      const stat = lstatSync(path);
      if (stat.isSymbolicLink()) return [`${shown} -> ${readlinkSync(path)}`];
      if (stat.isDirectory()) return [`${shown}/`, ...tree(path, `${shown}/`)];
      return [`${shown} ${(stat.mode & 0o777).toString(8)} ${readFileSync(path, "utf8")}`];
    })
    .toSorted();
}
