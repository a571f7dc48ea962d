/**
 * JSON of any size, read in pieces: goes into the places a shape names, parses what lies there one value at a time, and
 * passes over the rest. Memory is bounded by the largest single value that is kept, not by the file.
 *
 * Strict where it looks (structure, strings, kept values) and not where it passes over: a skipped value is only bracket-matched.
 */

/** What becomes of a value: parsed and kept, passed over, or gone into. A value of another type than its shape is kept. */
export type Shape =
  | "keep"
  | "skip"
  | { readonly members: Readonly<Record<string, Shape>>; readonly others: "keep" | "skip" }
  | { readonly each: (item: unknown, index: number) => void };

export interface JsonScanner {
  /** @throws {SyntaxError} */
  write(chunk: Buffer): void;
  /**
   * The kept parts, in the places they had. An array gone into is left as its length.
   * @throws {SyntaxError} when the text is not over
   */
  end(): unknown;
  /** Values that were to be kept but are larger than the limit: they count as null. */
  readonly oversized: number;
}

type Frame =
  | {
      readonly kind: "object";
      readonly shape: { readonly members: Readonly<Record<string, Shape>>; readonly others: "keep" | "skip" };
      readonly into: Record<string, unknown>;
      key: string;
    }
  | { readonly kind: "array"; readonly each: (item: unknown, index: number) => void; length: number };

type Expect = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "nothing";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** A value being passed over or collected: everything up to where it ends. */
interface Run {
  readonly type: "string" | "nested" | "scalar";
  readonly use: "key" | "keep" | "skip";
  depth: number;
  inString: boolean;
  escaped: boolean;
  readonly pieces: Buffer[];
  size: number;
}

/** @param limit bytes of the largest value that is kept. */
export function jsonScanner(root: Shape, limit: number): JsonScanner {
  const stack: Frame[] = [];
  let expect: Expect = "value";
  let run: Run | null = null;
  let result: unknown;
  let oversized = 0;

  return {
    write(chunk) {
      let at = 0;
      while (at < chunk.length) at = run === null ? between(chunk, at) : within(run, chunk, at);
    },
    end() {
      if (run !== null && run.type === "scalar" && stack.length === 0) finish(run);
      if (expect !== "nothing") throw new SyntaxError("the text is cut short");
      return result;
    },
    get oversized() {
      return oversized;
    },
  };

  function shapeHere(): Shape {
    const top = stack.at(-1);
    if (top === undefined) return root;
    if (top.kind === "array") return "keep";
    return Object.hasOwn(top.shape.members, top.key) ? (top.shape.members[top.key] ?? "keep") : top.shape.others;
  }

  /** Structure between values. */
  function between(chunk: Buffer, at: number): number {
    const byte = chunk[at] as number;
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return at + 1;
    const top = stack.at(-1);
    switch (expect) {
      case "nothing":
        throw new SyntaxError("there is text after the end");
      case "colon":
        if (byte !== COLON) throw new SyntaxError("a colon is missing");
        expect = "value";
        return at + 1;
      case "comma-or-end":
        if (byte === COMMA) expect = top?.kind === "object" ? "key" : "value";
        else close(byte, top);
        return at + 1;
      case "key":
      case "key-or-end":
        if (byte === CLOSE_BRACE && expect === "key-or-end") {
          close(byte, top);
          return at + 1;
        }
        if (byte !== QUOTE) throw new SyntaxError("a key is missing");
        run = startRun(byte, "key");
        return at;
      case "value":
      case "value-or-end":
        if (byte === CLOSE_BRACKET && expect === "value-or-end") {
          close(byte, top);
          return at + 1;
        }
        return enter(byte, at);
    }
  }

  function enter(byte: number, at: number): number {
    const shape = shapeHere();
    if (typeof shape === "object" && "members" in shape && byte === OPEN_BRACE) {
      stack.push({ kind: "object", shape, into: {}, key: "" });
      expect = "key-or-end";
      return at + 1;
    }
    if (typeof shape === "object" && "each" in shape && byte === OPEN_BRACKET) {
      stack.push({ kind: "array", each: shape.each, length: 0 });
      expect = "value-or-end";
      return at + 1;
    }
    if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte === COMMA || byte === COLON) {
      throw new SyntaxError("a value is missing");
    }
    run = startRun(byte, shape === "skip" ? "skip" : "keep");
    return at;
  }

  function close(byte: number, top: Frame | undefined): void {
    if (top === undefined || byte !== (top.kind === "object" ? CLOSE_BRACE : CLOSE_BRACKET)) {
      throw new SyntaxError("a comma or a closing bracket is missing");
    }
    stack.pop();
    deliver(top.kind === "object" ? top.into : top.length);
  }

  function deliver(value: unknown): void {
    const top = stack.at(-1);
    expect = top === undefined ? "nothing" : "comma-or-end";
    if (top === undefined) result = value;
    else if (top.kind === "array") top.each(value, top.length++);
    // Not by assignment: `__proto__` is a key like any other.
    else Object.defineProperty(top.into, top.key, { value, enumerable: true, configurable: true, writable: true });
  }

  /** Inside a value: to its end, or to the end of the chunk. */
  function within(value: Run, chunk: Buffer, from: number): number {
    const end = endOf(value, chunk, from);
    const over = end >= 0;
    const to = over ? end : chunk.length;
    if (value.use !== "skip" && value.size <= limit) {
      value.size += to - from;
      // The chunk's memory is used again by the reader.
      if (value.size <= limit)
        value.pieces.push(
          over && value.pieces.length === 0 ? chunk.subarray(from, to) : Buffer.from(chunk.subarray(from, to)),
        );
      else value.pieces.length = 0;
    }
    if (over) finish(value);
    return to;
  }

  function finish(value: Run): void {
    run = null;
    if (value.use === "skip") {
      skipped();
      return;
    }
    if (value.size > limit) {
      oversized += 1;
      if (value.use === "key") throw new SyntaxError("a key is too long");
      deliver(null);
      return;
    }
    const bytes = value.pieces.length === 1 ? (value.pieces[0] as Buffer) : Buffer.concat(value.pieces);
    const parsed: unknown = JSON.parse(bytes.toString("utf8"));
    if (value.use === "keep") {
      deliver(parsed);
      return;
    }
    const top = stack.at(-1);
    if (top?.kind === "object") top.key = parsed as string;
    expect = "colon";
  }

  function skipped(): void {
    expect = stack.length === 0 ? "nothing" : "comma-or-end";
    const top = stack.at(-1);
    if (top?.kind === "array") top.length += 1;
  }
}

function startRun(byte: number, use: Run["use"]): Run {
  const type = byte === QUOTE ? "string" : byte === OPEN_BRACE || byte === OPEN_BRACKET ? "nested" : "scalar";
  return { type, use, depth: 0, inString: false, escaped: false, pieces: [], size: 0 };
}

/** @returns where the value is over (after its last byte), or -1 when the chunk ends before. */
function endOf(run: Run, chunk: Buffer, from: number): number {
  let { depth, inString, escaped } = run;
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at] as number;
    if (inString) {
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) {
        inString = false;
        if (depth === 0) return at + 1;
      }
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (run.type === "scalar") return at;
      depth -= 1;
      if (depth === 0) return at + 1;
    } else if (run.type === "scalar" && (byte === COMMA || byte <= 0x20)) {
      return at;
    }
  }
  run.depth = depth;
  run.inString = inString;
  run.escaped = escaped;
  return -1;
}
