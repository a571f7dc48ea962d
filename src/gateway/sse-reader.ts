/**
 * Server-sent events out of bytes that come in any pieces: https://html.spec.whatwg.org/multipage/server-sent-events.html
 *
 * Only the data of an event counts here. What is longer than a bound is left out whole, so that no stream can fill memory.
 */

export interface SseReader {
  push(chunk: Uint8Array): void;
}

const LF = 0x0a;
const CR = 0x0d;
const DATA = Buffer.from("data");
const COLON = 0x3a;
const SPACE = 0x20;

/** @param onData gets each event's data, UTF-8 */
export function createSseReader(maxEventBytes: number, onData: (data: Buffer) => void): SseReader {
  /** Pieces of the line that is not over yet. */
  let line: Buffer[] = [];
  let lineBytes = 0;
  let data: Buffer[] = [];
  let dataBytes = 0;
  let tooLong = false;
  let afterCr = false;

  const endLine = (rest: Buffer): void => {
    const whole = line.length === 0 ? rest : Buffer.concat([...line, rest]);
    line = [];
    lineBytes = 0;
    if (whole.length === 0) return dispatch();
    const value = dataOf(whole);
    if (value === null) return;
    dataBytes += value.length + 1;
    if (dataBytes > maxEventBytes) tooLong = true;
    if (tooLong) data = [];
    else data.push(data.length === 0 ? value : Buffer.concat([Buffer.of(LF), value]));
  };

  const dispatch = (): void => {
    const [first] = data;
    if (first !== undefined && !tooLong) onData(data.length === 1 ? first : Buffer.concat(data));
    data = [];
    dataBytes = 0;
    tooLong = false;
  };

  const keep = (piece: Buffer): void => {
    if (piece.length === 0) return;
    lineBytes += piece.length;
    if (lineBytes > maxEventBytes) {
      tooLong = true;
      // The field's name stays, or the rest of the line would count as another.
      const [start] = line;
      line = start === undefined ? [piece.subarray(0, 8)] : [start.subarray(0, 8)];
    } else line.push(Buffer.from(piece));
  };

  return {
    push(chunk) {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let from = 0;
      if (afterCr && bytes.length > 0) {
        if (bytes[0] === LF) from = 1;
        afterCr = false;
      }
      while (from < bytes.length) {
        const end = lineEnd(bytes, from);
        if (end === -1) {
          keep(bytes.subarray(from));
          return;
        }
        endLine(bytes.subarray(from, end));
        from = end + 1;
        if (bytes[end] !== CR) continue;
        if (from === bytes.length) afterCr = true;
        else if (bytes[from] === LF) from += 1;
      }
    },
  };
}

function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  // Most streams have no CR at all: looked for only up to the LF.
  const cr = lf === -1 ? bytes.indexOf(CR, from) : bytes.subarray(from, lf).indexOf(CR);
  if (cr === -1) return lf;
  return lf === -1 ? cr : from + cr;
}

/** The value of a `data` field; null for every other line. */
function dataOf(line: Buffer): Buffer | null {
  if (line.length < DATA.length || !line.subarray(0, DATA.length).equals(DATA)) return null;
  if (line.length === DATA.length) return Buffer.alloc(0);
  if (line[DATA.length] !== COLON) return null;
  return line.subarray(line[DATA.length + 1] === SPACE ? DATA.length + 2 : DATA.length + 1);
}
