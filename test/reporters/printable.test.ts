import fc from "fast-check";
import { expect, test } from "vitest";
import { printable, printableLines } from "../../src/terminal/printable.ts";

// oxlint-disable-next-line no-control-regex
const ACTS = /[\u0000-\u001f\u007f-\u009f\u200b\u2028-\u202e\u2066-\u2069]/;

test("escapes what would act on a terminal", () => {
  expect(printable("a\u001b[31mb\u0007\r\n\tc")).toBe("a\\x1b[31mb\\x07\\r\\n\\tc");
  expect(printable("\u009b2J \u202egnp.exe \ufeff\ud800")).toBe("\\x9b2J \\u{202e}gnp.exe \\u{feff}\\u{d800}");
});

test("leaves letters, emoji and their joiners alone", () => {
  const text = "Ünïcode 日本語 👩‍🚀 नमस्ते C:\\temp";
  expect(printable(text)).toBe(text);
});

test("keeps line breaks of running text only", () => {
  expect(printableLines("a\r\nb\n\tc\rd")).toBe("a\nb\n c\\rd");
});

test("no text gets through with something that acts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(printable(text)).not.toMatch(ACTS);
      expect(printable(printable(text))).toBe(printable(text));
      expect(printableLines(text).replaceAll("\n", "")).not.toMatch(ACTS);
    }),
  );
});
