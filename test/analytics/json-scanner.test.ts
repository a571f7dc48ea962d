import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonScanner, type Shape } from "../../src/analytics/reading/json-scanner.ts";

const KEEP: Shape = "keep";

function scan(text: string, shape: Shape, size: number, limit = 1 << 20): { value: unknown; oversized: number } {
  const scanner = jsonScanner(shape, limit);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) scanner.write(bytes.subarray(at, at + size));
  return { value: scanner.end(), oversized: scanner.oversized };
}

/** Whatever is there, `steps` is gone into. */
function pieces(text: string, size: number): { value: unknown; items: unknown[] } {
  const items: unknown[] = [];
  const shape: Shape = { members: { steps: { each: (item) => items.push(item) }, skipped: "skip" }, others: "keep" };
  return { ...scan(text, shape, size), items };
}

const size = fc.integer({ min: 1, max: 40 });
const json = fc.jsonValue({ maxDepth: 4 });

describe("a scanner", () => {
  test("gives what JSON.parse gives, wherever the pieces end", () => {
    fc.assert(
      fc.property(json, size, fc.constantFrom(0, 1, 4), (value, bytes, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(scan(text, KEEP, bytes).value).toEqual(JSON.parse(text));
      }),
    );
  });

  test("goes through an array item by item, keeps the other members and passes over what is not wanted", () => {
    fc.assert(
      fc.property(fc.array(json), json, json, size, fc.constantFrom(0, 2), (steps, other, skipped, bytes, indent) => {
        const text = JSON.stringify({ skipped, steps, other, 'a "key"': 1 }, null, indent);
        const { value, items } = pieces(text, bytes);
        expect(items).toEqual(JSON.parse(JSON.stringify(steps)));
        expect(value).toEqual({
          steps: steps.length,
          other: JSON.parse(JSON.stringify(other)) as unknown,
          'a "key"': 1,
        });
      }),
    );
  });

  test("refuses every text that is cut short", () => {
    fc.assert(
      fc.property(
        fc.array(json, { minLength: 1 }),
        size,
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (steps, bytes, part) => {
          const whole = Buffer.from(JSON.stringify({ steps, other: [1] }));
          const cut = whole.subarray(0, Math.floor(whole.length * part)).toString("latin1");
          expect(() => pieces(cut, bytes)).toThrow(SyntaxError);
        },
      ),
    );
  });

  test.each([
    '{"a":1,}',
    "{,}",
    '{"a" 1}',
    "[1] 2",
    '{"a":}',
    '{"steps":[1,,2]}',
    "}",
    '{"a":tru}',
    '{"steps":[1}',
    '{"steps":[1 2]}',
  ])("refuses %s", (text) => {
    expect(() => pieces(text, 3)).toThrow(SyntaxError);
  });

  test("a value larger than the limit counts as null, and is counted", () => {
    const text = JSON.stringify({ big: "x".repeat(500), small: 1 });
    const shape: Shape = { members: {}, others: "keep" };
    expect(scan(text, shape, 7, 100)).toEqual({ value: { big: null, small: 1 }, oversized: 1 });
  });

  test("a key of the prototype is a key", () => {
    const { value } = scan('{"__proto__":{"polluted":1}}', { members: {}, others: "keep" }, 5);
    expect(Object.keys(value as object)).toEqual(["__proto__"]);
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});
