/**
 * Writes tar as a stream, names as bytes, owners as numbers. Format: GNU, with its records for long names.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { createReadStream } from "node:fs";
import { lstat, opendir, readlink, stat } from "node:fs/promises";

const BLOCK = 512;
const READ = 1 << 18;
/** Two empty blocks end an archive. */
export const TAR_END = Buffer.alloc(2 * BLOCK);

export interface TarMeta {
  readonly name: Buffer;
  readonly kind: "file" | "directory" | "link";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content that follow, for a file. */
  readonly size?: number;
  readonly target?: Buffer;
  /** Seconds since the epoch. */
  readonly mtime?: number;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** One entry's header, with records for what does not fit into it; a file's content and its padding follow. */
export function tarHeader(meta: TarMeta): Buffer {
  const parts: Buffer[] = [];
  const target = meta.target ?? Buffer.alloc(0);
  if (target.length > 100) parts.push(longRecord("K", target));
  if (meta.name.length > 100) parts.push(longRecord("L", meta.name));
  const type = meta.kind === "file" ? "0" : meta.kind === "directory" ? "5" : "2";
  parts.push(block(type, meta.name, meta.kind === "file" ? (meta.size ?? 0) : 0, target, meta));
  return Buffer.concat(parts);
}

export function tarPadding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function longRecord(type: "K" | "L", text: Buffer): Buffer {
  const content = Buffer.concat([text, Buffer.alloc(1)]);
  const header = block(type, Buffer.from("././@LongLink"), content.length, Buffer.alloc(0), {
    mode: 0,
    uid: 0,
    gid: 0,
  });
  return Buffer.concat([header, content, tarPadding(content.length)]);
}

function block(
  type: string,
  name: Buffer,
  size: number,
  target: Buffer,
  { mode, uid, gid, mtime = 0 }: Pick<TarMeta, "mode" | "uid" | "gid" | "mtime">,
): Buffer {
  const header = Buffer.alloc(BLOCK);
  name.copy(header, 0, 0, 100);
  number(header, 100, 8, mode & 0o7777);
  number(header, 108, 8, uid);
  number(header, 116, 8, gid);
  number(header, 124, 12, size);
  number(header, 136, 12, Math.max(0, Math.floor(mtime)));
  header.write(type, 156, "latin1");
  target.copy(header, 157, 0, 100);
  header.write("ustar  \0", 257, "latin1");
  header.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}

/** Octal, or base 256 where that is too short. */
function number(header: Buffer, at: number, length: number, value: number): void {
  const octal = value.toString(8);
  if (octal.length < length) {
    header.write(octal.padStart(length - 1, "0"), at, "latin1");
    return;
  }
  let rest = BigInt(value);
  for (let index = at + length - 1; index > at; index--) {
    header[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  header[at] = 0x80;
}

export interface PackRequest extends Owner {
  /** A file or a directory of the host; a link here is followed. */
  readonly from: string;
  /** The name that `from` gets; what is in a directory follows below it. */
  readonly as: string;
  /** The directory itself is an entry. */
  readonly withRoot: boolean;
  /** Paths relative to `from` that are left out, and whatever is below them; default none. */
  readonly skips?: (relative: string) => boolean;
}

/**
 * The tree as an archive without its end, parents before children, names in the file system's order.
 * @throws Error naming a file that changed its size while it was read.
 */
export async function* packTree({ from, as, withRoot, skips, uid, gid }: PackRequest): AsyncGenerator<Buffer> {
  const owner = { uid, gid };
  const root = await stat(from);
  if (!root.isDirectory()) {
    yield* packFile(Buffer.from(from), Buffer.from(as), owner);
    return;
  }
  if (withRoot) yield tarHeader({ name: Buffer.from(`${as}/`), kind: "directory", mode: root.mode, ...owner });
  yield* packBelow(Buffer.from(from), Buffer.from(as), "", owner, skips ?? (() => false));
}

async function* packBelow(
  dir: Buffer,
  as: Buffer,
  relative: string,
  owner: Owner,
  skips: (relative: string) => boolean,
): AsyncGenerator<Buffer> {
  // opendir with bytes for names is typed as text, and gives bytes.
  for await (const entry of await opendir(dir, { encoding: "buffer" as "utf8" })) {
    const name = entry.name as unknown as Buffer;
    const path = joined(dir, name);
    const inside = as.length === 0 ? name : joined(as, name);
    const shown = relative === "" ? name.toString() : `${relative}/${name.toString()}`;
    const found = await lstat(path);
    if (found.isDirectory()) {
      if (!skips(shown)) {
        const meta = { kind: "directory", mode: found.mode, mtime: found.mtimeMs / 1000 } as const;
        yield tarHeader({ name: Buffer.concat([inside, Buffer.from("/")]), ...meta, ...owner });
      }
      // Something below a directory that is left out may be wanted all the same.
      yield* packBelow(path, inside, shown, owner, skips);
    } else if (skips(shown)) {
      continue;
    } else if (found.isSymbolicLink()) {
      const target = await readlink(path, { encoding: "buffer" });
      yield tarHeader({ name: inside, kind: "link", mode: 0o777, target, mtime: found.mtimeMs / 1000, ...owner });
    } else if (found.isFile()) yield* packFile(path, inside, owner);
  }
}

async function* packFile(path: Buffer, name: Buffer, owner: Owner): AsyncGenerator<Buffer> {
  const { size, mode, mtimeMs } = await stat(path);
  yield tarHeader({ name, kind: "file", size, mode, mtime: mtimeMs / 1000, ...owner });
  let read = 0;
  if (size > 0) {
    for await (const chunk of createReadStream(path, { highWaterMark: READ, end: size - 1 })) {
      read += (chunk as Buffer).length;
      yield chunk as Buffer;
    }
  }
  if (read !== size) throw new Error(`${path.toString()} changed while it was read`);
  yield tarPadding(size);
}

function joined(dir: Buffer, name: Buffer): Buffer {
  return Buffer.concat([dir, Buffer.from("/"), name]);
}
