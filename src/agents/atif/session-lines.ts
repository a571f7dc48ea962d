/**
 * A file of JSON lines that an agent wrote, read in pieces: whatever it holds becomes records, or counts of what was wrong.
 *
 * Crash-only: the last line may be cut. Hostile input: links and pipes are not opened, a line without end is passed over, a
 * byte that is no UTF-8 becomes a replacement character.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isRecord } from "../../base/is-record.ts";

const LONGEST_LINE = 64 << 20;
const PIECE = 1 << 20;
const NEWLINE = 0x0a;

export interface LinesReport {
  readonly state: "read" | "missing" | "bad";
  /** Why it is bad. */
  readonly why: string | null;
  readonly records: number;
  /** Lines that are no JSON object; the last one without a line break is counted in `cut` instead. */
  readonly unreadable: number;
  readonly cut: boolean;
  readonly tooLong: number;
  readonly invalidUtf8: boolean;
}

export interface LineReaders {
  /** `bytes` = the length of its line. */
  readonly record: (record: Record<string, unknown>, bytes: number) => void | Promise<void>;
  /** A line that is no JSON object, such as what a program printed besides. */
  readonly text?: (line: string) => void;
}

export async function readSessionLines(
  path: string,
  readers: LineReaders,
  longest = LONGEST_LINE,
): Promise<LinesReport> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { ...NOTHING, state: "missing" };
    return { ...NOTHING, state: "bad", why: code === "ELOOP" ? "is a symbolic link" : `cannot be read (${code})` };
  }
  try {
    if (!(await file.stat()).isFile()) return { ...NOTHING, state: "bad", why: "is not a regular file" };
    return await readAll(file, readers, longest);
  } finally {
    await file.close();
  }
}

const NOTHING: LinesReport = {
  state: "read",
  why: null,
  records: 0,
  unreadable: 0,
  cut: false,
  tooLong: 0,
  invalidUtf8: false,
};

async function readAll(file: FileHandle, readers: LineReaders, longest: number): Promise<LinesReport> {
  const report = { ...NOTHING };
  let pieces: Buffer[] = [];
  let size = 0;
  const endLine = async (last: boolean): Promise<void> => {
    const bytes = pieces.length === 1 ? (pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(pieces);
    const long = size > longest;
    pieces = [];
    size = 0;
    if (long) report.tooLong += 1;
    else await oneLine(bytes, last, readers, report);
  };
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE);
    let bytesRead: number;
    try {
      ({ bytesRead } = await file.read(piece, 0, PIECE));
    } catch (error) {
      return { ...report, state: "bad", why: `cannot be read to its end (${(error as NodeJS.ErrnoException).code})` };
    }
    if (bytesRead === 0) break;
    let from = 0;
    for (;;) {
      const end = piece.subarray(0, bytesRead).indexOf(NEWLINE, from);
      const to = end < 0 ? bytesRead : end;
      size += to - from;
      if (size <= longest) pieces.push(piece.subarray(from, to));
      else pieces = [];
      if (end < 0) break;
      await endLine(false);
      from = end + 1;
    }
  }
  if (size > 0) await endLine(true);
  return report;
}

async function oneLine(
  bytes: Buffer,
  last: boolean,
  readers: LineReaders,
  report: { -readonly [Key in keyof LinesReport]: LinesReport[Key] },
): Promise<void> {
  const text = bytes.toString("utf8").trim();
  if (text === "") return;
  // Cheap: only a text with the replacement character can have lost a byte.
  if (text.includes("\ufffd") && !Buffer.from(text).equals(Buffer.from(bytes.toString("latin1").trim(), "latin1"))) {
    report.invalidUtf8 = true;
  }
  const value = parsed(text);
  if (isRecord(value)) {
    report.records += 1;
    await readers.record(value, bytes.length);
  } else {
    readers.text?.(text);
    if (last) report.cut = true;
    else report.unreadable += 1;
  }
}

function parsed(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // Nesting without end ends in a RangeError.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What was wrong with a file, in words, none when nothing was. */
export function lineRemarks(name: string, report: LinesReport): string[] {
  const remarks: string[] = [];
  if (report.state === "bad") remarks.push(`${name} ${report.why ?? "cannot be read"}`);
  if (report.cut) remarks.push(`${name}: the last line is cut`);
  if (report.unreadable > 0) remarks.push(`${name}: ${report.unreadable} lines are no JSON objects`);
  if (report.tooLong > 0) remarks.push(`${name}: ${report.tooLong} lines are too long to be read`);
  if (report.invalidUtf8) remarks.push(`${name} holds bytes that are no UTF-8`);
  return remarks;
}
