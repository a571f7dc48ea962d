/**
 * Reads tar as a stream, names as bytes: a sandbox's names need not be UTF-8.
 * Formats: GNU (https://www.gnu.org/software/tar/manual/html_node/Standard.html), which `tar` writes, and POSIX pax
 * (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html), which container engines write. The content is not
 * trusted, so whatever does not fit ends the reading with an error.
 */
const BLOCK = 512;
/** Longer than any path Linux takes. */
const MAX_LONG_NAME = 64 << 10;

export interface TarHeader {
  /** A hard link's target is the name of an earlier entry. */
  readonly kind: "file" | "directory" | "link" | "hard-link" | "other";
  readonly name: Buffer;
  readonly target: Buffer;
  /** Bytes of content that follow. */
  readonly size: number;
  readonly mode: number;
}

export interface TarSink {
  entry(header: TarHeader): void;
  /** Content of the entry last announced. */
  data(chunk: Buffer): void;
  /** All of its content came. */
  entryEnd(): void;
}

export class TarDamage extends Error {
  override readonly name = "TarDamage";
}

/** @returns the function that takes the stream, in pieces of any size. */
export function tarReader(sink: TarSink): (chunk: Buffer) => void {
  const block = Buffer.alloc(BLOCK);
  let filled = 0;
  /** Of the current entry: content and padding still to come. */
  let content = 0;
  let padding = 0;
  /** A record about the next entry: its name (L), its target (K), pax attributes (x), or something to pass over (g). */
  let long: { readonly type: "L" | "K" | "x" | "g"; readonly parts: Buffer[] } | null = null;
  let longSize: number | null = null;
  let longName: Buffer | null = null;
  let longTarget: Buffer | null = null;

  function finish(): void {
    if (long === null) {
      sink.entryEnd();
      return;
    }
    const text = Buffer.concat(long.parts);
    if (long.type === "L") longName = upToZero(text);
    else if (long.type === "K") longTarget = upToZero(text);
    else if (long.type === "x") {
      const { path, linkpath, size } = paxAttributes(text);
      longName = path ?? longName;
      longTarget = linkpath ?? longTarget;
      longSize = size ?? longSize;
    }
    long = null;
  }

  function header(): void {
    if (block.every((byte) => byte === 0)) return;
    if (!checksumFits(block)) throw new TarDamage("a header's checksum is wrong");
    const type = String.fromCharCode(block[156] ?? 0);
    const about = type === "L" || type === "K" || type === "x" || type === "g";
    const size = (about ? null : longSize) ?? numberAt(block, 124, 12);
    content = size;
    padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (about) {
      if (size > MAX_LONG_NAME) throw new TarDamage("a name is too long");
      long = { type, parts: [] };
    } else {
      const kind =
        type === "0" || type === "\0" || type === "7"
          ? "file"
          : type === "5"
            ? "directory"
            : type === "2"
              ? "link"
              : type === "1"
                ? "hard-link"
                : "other";
      sink.entry({
        kind,
        name: longName ?? shortName(block),
        target: longTarget ?? upToZero(Buffer.from(block.subarray(157, 257))),
        size,
        mode: numberAt(block, 100, 8) & 0o7777,
      });
      longName = null;
      longTarget = null;
      longSize = null;
    }
    if (content === 0) finish();
  }

  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      if (content > 0) {
        const piece = chunk.subarray(at, at + Math.min(content, chunk.length - at));
        if (long === null) sink.data(piece);
        else long.parts.push(Buffer.from(piece));
        at += piece.length;
        content -= piece.length;
        if (content === 0) finish();
      } else if (padding > 0) {
        const skipped = Math.min(padding, chunk.length - at);
        padding -= skipped;
        at += skipped;
      } else {
        const piece = Math.min(BLOCK - filled, chunk.length - at);
        chunk.copy(block, filled, at, at + piece);
        filled += piece;
        at += piece;
        if (filled < BLOCK) continue;
        filled = 0;
        header();
      }
    }
  };
}

function upToZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** POSIX has 155 more bytes of the path; GNU uses that place for other things and has a magic of its own. */
function shortName(block: Buffer): Buffer {
  const name = Buffer.from(upToZero(block.subarray(0, 100)));
  const posix = block.toString("latin1", 257, 263) === "ustar\0";
  const prefix = posix ? upToZero(block.subarray(345, 500)) : Buffer.alloc(0);
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from("/"), name]);
}

/** Records of `<length> <key>=<value>\n`, the length counting all of the record. */
function paxAttributes(text: Buffer): { path?: Buffer; linkpath?: Buffer; size?: number } {
  const found: { path?: Buffer; linkpath?: Buffer; size?: number } = {};
  for (let at = 0; at < text.length;) {
    const blank = text.indexOf(0x20, at);
    const length = blank < 0 ? 0 : Number(text.toString("latin1", at, blank));
    const equals = text.indexOf(0x3d, blank);
    if (!Number.isSafeInteger(length) || length < 5 || at + length > text.length || equals < 0 || equals >= at + length)
      throw new TarDamage("an attribute record is damaged");
    const key = text.toString("latin1", blank + 1, equals);
    const value = Buffer.from(text.subarray(equals + 1, at + length - 1));
    if (key === "path") found.path = value;
    else if (key === "linkpath") found.linkpath = value;
    else if (key === "size") {
      found.size = Number(value.toString("latin1"));
      if (!Number.isSafeInteger(found.size) || found.size < 0) throw new TarDamage("a size is none");
    }
    at += length;
  }
  return found;
}

/** Octal text, or base 256 with the top bit set where that is too short. */
function numberAt(block: Buffer, at: number, length: number): number {
  const first = block[at] ?? 0;
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f;
    for (let index = at + 1; index < at + length; index++) value = value * 256 + (block[index] ?? 0);
    if (!Number.isSafeInteger(value)) throw new TarDamage("a number is too large");
    return value;
  }
  const text = block
    .toString("latin1", at, at + length)
    .replace(/[\0 ]+$/, "")
    .trim();
  if (!/^[0-7]*$/.test(text)) throw new TarDamage("a number is none");
  return text === "" ? 0 : Number.parseInt(text, 8);
}

/** The sum of all bytes, with the field itself taken as blanks. */
function checksumFits(block: Buffer): boolean {
  let sum = 8 * 0x20;
  for (let index = 0; index < BLOCK; index++) if (index < 148 || index >= 156) sum += block[index] ?? 0;
  return sum === numberAt(block, 148, 8);
}
