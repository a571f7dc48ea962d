/**
 * Reads the GNU tar format as a stream, names as bytes: a sandbox's names need not be UTF-8.
 * Format: https://www.gnu.org/software/tar/manual/html_node/Standard.html. Only what `tar --format=gnu` writes for files,
 * directories and links; the content is not trusted, so whatever does not fit ends the reading with an error.
 */
const BLOCK = 512;
/** Longer than any path Linux takes. */
const MAX_LONG_NAME = 64 << 10;

export interface TarHeader {
  readonly kind: "file" | "directory" | "link" | "other";
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
  let long: { readonly type: "L" | "K"; readonly parts: Buffer[] } | null = null;
  let longName: Buffer | null = null;
  let longTarget: Buffer | null = null;

  function finish(): void {
    if (long === null) {
      sink.entryEnd();
      return;
    }
    const text = upToZero(Buffer.concat(long.parts));
    if (long.type === "L") longName = text;
    else longTarget = text;
    long = null;
  }

  function header(): void {
    if (block.every((byte) => byte === 0)) return;
    if (!checksumFits(block)) throw new TarDamage("a header's checksum is wrong");
    const type = String.fromCharCode(block[156] ?? 0);
    const size = numberAt(block, 124, 12);
    content = size;
    padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (type === "L" || type === "K") {
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
              : "other";
      sink.entry({
        kind,
        name: longName ?? upToZero(Buffer.from(block.subarray(0, 100))),
        target: longTarget ?? upToZero(Buffer.from(block.subarray(157, 257))),
        size,
        mode: numberAt(block, 100, 8) & 0o7777,
      });
      longName = null;
      longTarget = null;
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
