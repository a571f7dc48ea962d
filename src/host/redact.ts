/**
 * Takes known secret values out of text and bytes, also when a value is split over chunks of a stream.
 *
 * Only exact values of at least six bytes count: a shorter one (`8`, `true`) would tear up digests and numbers that merely
 * contain it. Each value is looked for as it stands, JSON-escaped, URL-encoded and in base64 at each of the three offsets it
 * can have inside a longer encoded text, such as `user:secret` in a header.
 *
 * Works on bytes (as Latin-1 text), so files that are not text come through unharmed.
 */
import { Transform } from "node:stream";

export const REDACTED = "[REDACTED]";
/** Bytes. */
const SHORTEST_SECRET = 6;

export interface Redactor {
  /** Whether there is anything to look for. */
  readonly active: boolean;
  redactText(text: string): string;
  redactBytes(bytes: Uint8Array): Buffer;
  /** For bytes that come in pieces: `push` returns what is safe to pass on, `end` the rest. */
  stream(): ChunkRedactor;
  /** The same as a Node stream. */
  redactStream(): Transform;
}

export interface ChunkRedactor {
  push(chunk: Uint8Array): Buffer;
  end(): Buffer;
  /** How many values were taken out so far. */
  readonly found: number;
}

export function makeRedactor(secrets: Iterable<string>): Redactor {
  const patterns = allForms(secrets);
  const search = patterns.length === 0 ? null : new RegExp(patterns.map(escaped).join("|"), "g");
  const starts = new Set(patterns.map((pattern) => pattern[0]));
  const longest = Math.max(0, ...patterns.map((pattern) => pattern.length));

  /** First place from `from` on where the text may be the beginning of a secret whose rest is still to come. */
  function undecidedFrom(text: string, from: number): number {
    for (let at = Math.max(from, text.length - longest + 1); at < text.length; at++) {
      if (!starts.has(text[at])) continue;
      const tail = text.slice(at);
      if (patterns.some((pattern) => pattern.length > tail.length && pattern.startsWith(tail))) return at;
    }
    return text.length;
  }

  function stream(): ChunkRedactor {
    let held = "";
    let found = 0;

    function take(text: string, ended: boolean): Buffer {
      if (search === null) return Buffer.from(text, "latin1");
      const out: string[] = [];
      let at = 0;
      let limit = ended ? text.length : undecidedFrom(text, 0);
      for (;;) {
        search.lastIndex = at;
        const match = search.exec(text);
        if (match === null || match.index >= limit) break;
        out.push(text.slice(at, match.index), REDACTED);
        found += 1;
        at = match.index + match[0].length;
        if (!ended && at > limit) limit = undecidedFrom(text, at);
      }
      const end = Math.max(at, limit);
      out.push(text.slice(at, end));
      held = text.slice(end);
      return Buffer.from(out.join(""), "latin1");
    }

    return {
      push: (chunk) => take(held + latin1(chunk), false),
      end: () => take(held, true),
      get found() {
        return found;
      },
    };
  }

  function redactBytes(bytes: Uint8Array): Buffer {
    if (search === null) return Buffer.from(bytes);
    return Buffer.from(latin1(bytes).replace(search, REDACTED), "latin1");
  }

  return {
    active: search !== null,
    redactBytes,
    redactText: (text) => (search === null ? text : redactBytes(Buffer.from(text)).toString("utf8")),
    stream,
    redactStream() {
      const chunks = stream();
      return new Transform({
        transform(chunk: Buffer, _encoding, done) {
          done(null, chunks.push(chunk));
        },
        flush(done) {
          done(null, chunks.end());
        },
      });
    },
  };
}

/** Longest first, so that of two that begin alike the longer one is taken out. */
function allForms(secrets: Iterable<string>): string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (Buffer.byteLength(secret) < SHORTEST_SECRET) continue;
    for (const form of formsOf(secret)) forms.add(latin1(Buffer.from(form)));
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const jsonAscii = json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
  // Through UTF-8 first: a lone surrogate has no URL encoding of its own.
  const url = encodeURIComponent(Buffer.from(secret).toString());
  const base64 = base64Forms(Buffer.from(secret));
  return [
    secret,
    json,
    json.replaceAll("/", "\\/"),
    jsonAscii,
    url,
    url.replaceAll("%20", "+"),
    url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    ...base64,
    ...base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/**
 * The whole encoding, and for each offset the characters that depend on the secret alone: at its borders three bytes mix
 * with neighbours, so up to two characters there stay.
 */
function base64Forms(secret: Buffer): string[] {
  const forms = [secret.toString("base64"), secret.toString("base64").replace(/=+$/, "")];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), secret]).toString("base64");
    const from = [0, 2, 3][offset] ?? 0;
    const to = Math.floor(((offset + secret.length) * 8) / 6);
    forms.push(encoded.slice(from, to));
  }
  return forms;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function escaped(pattern: string): string {
  return pattern.replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
