/**
 * Unpacks a zip archive of moderate size. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, without ZIP64,
 * encryption and multiple disks, none of which archives of programs have. Names that lead out are an error, and nothing is
 * written through a link.
 */
import { inflateRawSync } from "node:zlib";
import { unpackedTree, writeAll } from "./unpacked-tree.ts";

export class ZipDamage extends Error {
  override readonly name = "ZipDamage";
}

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const MAX_BYTES = 2 ** 31;

/** Into a directory that exists; executables stay executable. @throws ZipDamage */
export function unpackZip(archive: Buffer, to: string): void {
  try {
    unpack(archive, to);
  } catch (error) {
    // Whatever points behind the end, or is no deflated content.
    if (
      error instanceof RangeError ||
      (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
    )
      throw new ZipDamage(error.message, { cause: error });
    throw error;
  }
}

function unpack(archive: Buffer, to: string): void {
  const tree = unpackedTree(to);
  const end = endRecord(archive);
  const count = archive.readUInt16LE(end + 10);
  let total = 0;
  for (let index = 0, at = archive.readUInt32LE(end + 16); index < count; index += 1) {
    if (archive.readUInt32LE(at) !== ENTRY) throw new ZipDamage("its list of files is damaged");
    const sizes = {
      name: archive.readUInt16LE(at + 28),
      more: archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32),
    };
    const name = archive.subarray(at + ENTRY_SIZE, at + ENTRY_SIZE + sizes.name);
    const size = archive.readUInt32LE(at + 24);
    const mode = archive.readUInt32LE(at + 38) >>> 16;
    total += size;
    if (total > MAX_BYTES) throw new ZipDamage("it is too large");
    const path = plain(name);
    if (path === null) throw new ZipDamage(`"${name.toString()}" leads out of it`);
    const refused = name.at(-1) === 0x2f ? tree.directory(path) : put(path, contentOf(archive, at, size), mode);
    if (refused !== null) throw new ZipDamage(`"${name.toString()}" cannot be written: ${refused}`);
    at += ENTRY_SIZE + sizes.name + sizes.more;
  }

  function put(path: Buffer, content: Buffer, mode: number): string | null {
    if ((mode & 0o170000) === 0o120000) return "it is a link";
    const opened = tree.openFile(path);
    if ("refused" in opened) return opened.refused;
    writeAll(opened.fd, content);
    tree.closeFile(opened.fd, (mode & 0o111) === 0 ? 0o644 : 0o755);
    return null;
  }
}

/** It stands at the end, before a comment of any length. */
function endRecord(archive: Buffer): number {
  for (let at = archive.length - END_SIZE; at >= Math.max(0, archive.length - END_SIZE - 0xffff); at -= 1)
    if (archive.readUInt32LE(at) === END) return at;
  throw new ZipDamage("it has no end");
}

function contentOf(archive: Buffer, at: number, size: number): Buffer {
  const method = archive.readUInt16LE(at + 10);
  const packed = archive.readUInt32LE(at + 20);
  const local = archive.readUInt32LE(at + 42);
  if (archive.readUInt32LE(local) !== LOCAL) throw new ZipDamage("a file is not where it should be");
  const start = local + LOCAL_SIZE + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const bytes = archive.subarray(start, start + packed);
  if (method !== 0 && method !== 8) throw new ZipDamage(`it is packed in a way that is not known (${method})`);
  const content = method === 0 ? bytes : inflateRawSync(bytes, { maxOutputLength: Math.max(1, size) });
  if (content.length !== size) throw new ZipDamage("a file is not as long as it should be");
  return content;
}

function plain(name: Buffer): Buffer | null {
  const parts = name
    .toString("latin1")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (name[0] === 0x2f || parts.includes("..") || parts.length === 0 || name.includes(0)) return null;
  return Buffer.from(parts.join("/"), "latin1");
}
