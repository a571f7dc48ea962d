import fc from "fast-check";
import { expect, test } from "vitest";
import { createSseReader } from "../../src/gateway/sse-reader.ts";
import { createUsageReader } from "../../src/gateway/usage-reader.ts";

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...places].map((from, at) => bytes.subarray(from, [...places, bytes.length][at]));
}

const cuts = fc.array(fc.nat(), { maxLength: 40 });
const lineEnd = fc.constantFrom("\n", "\r\n", "\r");
const data = fc.array(
  fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "")),
  { minLength: 1, maxLength: 3 },
);

test("events come out the same however the bytes are cut, with every line ending of the standard", () => {
  fc.assert(
    fc.property(fc.array(data, { maxLength: 8 }), lineEnd, cuts, fc.boolean(), (events, end, where, space) => {
      const lines = events.flatMap((texts) => [
        ": a comment",
        "event: x",
        ...texts.map((text) => (space || text.startsWith(" ") ? `data: ${text}` : `data:${text}`)),
        "id: 1",
        "",
      ]);
      const bytes = Buffer.from(lines.map((line) => line + end).join(""));
      const found: string[] = [];
      const reader = createSseReader(1 << 20, (chunk) => void found.push(chunk.toString()));
      for (const piece of inPieces(bytes, where)) reader.push(piece);
      expect(found).toEqual(events.map((texts) => texts.join("\n")));
    }),
  );
});

test("an event past the bound is left out alone", () => {
  const found: string[] = [];
  const reader = createSseReader(100, (chunk) => void found.push(chunk.toString()));
  const bytes = Buffer.from(
    `data: one\n\ndata: ${"x".repeat(5000)}\n\ndata: two\n\ndata: ${"y".repeat(60)}\ndata: ${"y".repeat(60)}\n\ndata: three\n\n`,
  );
  for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
  expect(found).toEqual(["one", "two", "three"]);
});

test("totals are the same however a stream is cut into pieces, and never more than it said where it ends early", () => {
  const text = (type: string, more: object): string =>
    `event: ${type}\r\ndata: ${JSON.stringify({ type, ...more })}\r\n\r\n`;
  const stream = Buffer.from(
    text("message_start", {
      message: { model: "m", usage: { input_tokens: 3, cache_read_input_tokens: 5, output_tokens: 1 } },
    }) +
      text("content_block_delta", { delta: { text: '\u{1f600} "usage":{"input_tokens":99} \\' } }) +
      text("message_delta", { usage: { output_tokens: 70 } }) +
      text("message_delta", { usage: { output_tokens: 77, input_tokens: 4 } }) +
      text("message_stop", {}),
  );
  fc.assert(
    fc.property(cuts, fc.nat(stream.length), (where, length) => {
      const whole = createUsageReader("messages", "text/event-stream; charset=utf-8");
      for (const piece of inPieces(stream, where)) whole.push(piece);
      expect(whole.end()).toMatchObject({ model: "m", finished: true, tokens: { input: 4, cacheRead: 5, output: 77 } });
      const part = createUsageReader("messages", "text/event-stream");
      for (const piece of inPieces(stream.subarray(0, length), where)) part.push(piece);
      const { tokens } = part.end();
      if (tokens !== null) {
        expect([3, 4]).toContain(tokens.input);
        expect([1, 70, 77]).toContain(tokens.output);
      }
    }),
  );
});

test("anything at all is read without an error", () => {
  const kind = fc.constantFrom("text/event-stream", "application/json", "text/html", "");
  const endpoint = fc.constantFrom("messages" as const, "responses" as const, "chat" as const, "models" as const);
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .json()
      .map((json) => Buffer.from(`data: {"usage":${json},"message":${json},"response":${json},"error":${json}}\n\n`)),
  );
  fc.assert(
    fc.property(fc.array(junk), kind, endpoint, (chunks, type, at) => {
      const reader = createUsageReader(at, type);
      for (const chunk of chunks) reader.push(chunk);
      const { tokens } = reader.end();
      for (const count of Object.values(tokens ?? {}))
        expect(count === null || (count >= 0 && Number.isFinite(count))).toBe(true);
    }),
  );
});
