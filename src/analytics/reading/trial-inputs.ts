/**
 * The files of one trial, read synchronously: an analysis reads ten thousand small ones, and nothing else goes on meanwhile.
 *
 * Everything looked at is remembered with what it was like (there or not, inode, size, time of change, checksum), which is what
 * tells a kept reading from a stale one. What an agent wrote is not trusted: links are not followed, pipes and devices not opened.
 */
import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { jsonScanner, type Shape } from "./json-scanner.ts";

/** Up to here a file is parsed in one go; above it is read in pieces. */
const WHOLE_BYTES = 8 << 20;
/** The largest single value (a step, a member) that is kept from a file read in pieces. */
const VALUE_BYTES = 32 << 20;
const PIECE_BYTES = 1 << 20;

export type JsonFile =
  | { readonly state: "ok"; readonly value: unknown }
  | { readonly state: "missing" }
  | { readonly state: "bad"; readonly why: string };

/** Relative to the trial's directory; what it was like; a checksum of a file's content, empty when none was taken. */
export type Input = readonly [path: string, stamp: string, sum: string];

const ABSENT = "-";

/** CRC-32: it is there to find what changed behind the file system's back, by accident, and costs next to nothing. */
interface Checksum {
  /** Null = none is taken. */
  value: number | null;
}

function add(sum: Checksum, bytes: Buffer): void {
  if (sum.value !== null) sum.value = crc32(bytes, sum.value);
}

export function stampOf(stat: Stats | undefined): string {
  return stat === undefined ? ABSENT : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
}

let whole = Buffer.allocUnsafe(256 << 10);

export class TrialInputs {
  readonly dir: string;
  readonly seen: Input[] = [];
  readonly #checksums: boolean;
  readonly #withoutAgents: boolean;

  /**
   * @param checksums also take a checksum of every file that is read
   * @param withoutAgents what the agent left is taken as unreadable, since it nests too deep to be walked
   */
  constructor(dir: string, checksums = false, withoutAgents = false) {
    this.dir = dir;
    this.#checksums = checksums;
    this.#withoutAgents = withoutAgents;
  }

  /** Names in a folder of the trial, sorted; none where there is no such folder. */
  list(path: string): string[] {
    const full = path === "" ? this.dir : join(this.dir, path);
    this.seen.push([path, stampOf(statOf(full)), ""]);
    return namesIn(full);
  }

  /** @param shape what to take of a file that is read in pieces; the value of a small one is whole. */
  json(path: string, shape: Shape = "keep"): JsonFile {
    const tooDeep = this.#withoutAgents && /(^|\/)agent\//.test(path);
    return this.#opened(path, (file, size, sum) => {
      if (tooDeep) return { state: "bad", why: "nests too deep to be read" };
      if (size > WHOLE_BYTES) return scan(file, shape, sum);
      const text = readWhole(file, size, sum);
      if (text.trim() === "") return { state: "bad", why: "is empty" };
      return { state: "ok", value: JSON.parse(text) as unknown };
    });
  }

  /** Of a file that most trials do not have: to ask first is cheaper than to fail. */
  jsonIfThere(path: string): JsonFile {
    if (statOf(join(this.dir, path)) !== undefined) return this.json(path);
    this.seen.push([path, ABSENT, ""]);
    return { state: "missing" };
  }

  /** Of a file's content; empty when it cannot be read. */
  checksumOf(path: string): string {
    const before = this.seen.length;
    this.#opened(path, (file, size, sum) => {
      if (size > WHOLE_BYTES) return scan(file, "skip", sum);
      readWhole(file, size, sum);
      return { state: "ok", value: null };
    });
    return this.seen[before]?.[2] ?? "";
  }

  #opened(path: string, read: (file: number, size: number, sum: Checksum) => JsonFile): JsonFile {
    let file: number;
    try {
      file = openSync(join(this.dir, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      this.seen.push([path, ABSENT, ""]);
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing" };
      return { state: "bad", why: code === "ELOOP" ? "is a symbolic link" : `cannot be read (${code})` };
    }
    try {
      const stat = fstatSync(file);
      const sum: Checksum = { value: this.#checksums ? 0 : null };
      if (!stat.isFile()) {
        this.seen.push([path, stampOf(stat), ""]);
        return { state: "bad", why: "is not a regular file" };
      }
      const json = tolerant(() => read(file, stat.size, sum));
      this.seen.push([path, stampOf(stat), sum.value?.toString(36) ?? ""]);
      return json;
    } finally {
      closeSync(file);
    }
  }
}

function tolerant(read: () => JsonFile): JsonFile {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { state: "bad", why: `is not valid JSON, perhaps cut short (${error.message.slice(0, 200)})` };
    }
    return { state: "bad", why: `cannot be read (${(error as Error).message})` };
  }
}

function readWhole(file: number, size: number, sum: Checksum): string {
  if (whole.length < size) whole = Buffer.allocUnsafe(size * 2);
  let length = 0;
  while (length < size) {
    const read = readSync(file, whole, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  add(sum, whole.subarray(0, length));
  return whole.toString("utf8", whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? 3 : 0, length);
}

function scan(file: number, shape: Shape, sum: Checksum): JsonFile {
  const scanner = jsonScanner(shape, VALUE_BYTES);
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    const read = readSync(file, piece, 0, PIECE_BYTES, null);
    if (read === 0) break;
    add(sum, piece.subarray(0, read));
    scanner.write(piece.subarray(0, read));
  }
  return { state: "ok", value: scanner.end() };
}

/** Sorted. */
export function namesIn(dir: string): string[] {
  return entriesIn(dir)
    .map(({ name }) => name)
    .sort();
}

/** None where nothing can be listed. */
export function entriesIn(dir: string): Dirent[] {
  try {
    return readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}

export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A loop of links, a name that is too long, a folder that may not be looked into: not there for us.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
