/** A long text by its beginning and its end, with what is missing said between. */

export interface Piece {
  readonly head: string;
  readonly tail: string;
  /** Characters of the whole. */
  readonly length: number;
}

/** Most that is kept of one text, however much room there is. */
const KEPT = 4000;
const HEAD_SHARE = 0.6;

export function pieceOf(text: string): Piece {
  if (text.length <= KEPT) return { head: text, tail: "", length: text.length };
  const head = Math.round(KEPT * HEAD_SHARE);
  return { head: copied(text.slice(0, head)), tail: copied(text.slice(-(KEPT - head))), length: text.length };
}

/** A slice keeps the whole string it was cut from in memory, and that may be a file of megabytes. */
function copied(slice: string): string {
  return Buffer.from(slice, "utf16le").toString("utf16le");
}

/** At most about `room` characters of it. */
export function shown({ head, tail, length }: Piece, room: number): { readonly text: string; readonly kept: number } {
  if (length <= room && tail === "") return { text: head, kept: length };
  const most = Math.min(room, KEPT);
  const first = Math.round(most * HEAD_SHARE);
  const last = most - first;
  const start = head.slice(0, first);
  const end = (tail === "" ? head : tail).slice(-last);
  const kept = start.length + end.length;
  if (kept >= length) return { text: head + tail, kept: length };
  return { text: `${start}\n[… ${length - kept} characters left out …]\n${end}`, kept };
}
