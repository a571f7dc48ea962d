import stringWidth from "string-width";
import { expect, test } from "vitest";
import { textWidth } from "../../src/terminal/text-width.ts";
import { terminalOf } from "../../src/terminal/terminal.ts";

const tty = { write: () => true, isTTY: true, columns: 100, rows: 30 };
const pipe = { write: () => true };

test.each([
  ["a terminal", tty, {}, true, true],
  ["a pipe", pipe, {}, false, false],
  ["NO_COLOR", tty, { NO_COLOR: "1" }, false, true],
  ["an empty NO_COLOR says nothing", tty, { NO_COLOR: "" }, true, true],
  ["FORCE_COLOR gives a pipe colour, never a live frame", pipe, { FORCE_COLOR: "1" }, true, false],
  ["FORCE_COLOR=0", tty, { FORCE_COLOR: "0" }, false, true],
  ["NO_COLOR beats FORCE_COLOR", tty, { FORCE_COLOR: "1", NO_COLOR: "1" }, false, true],
  ["TERM=dumb", tty, { TERM: "dumb" }, false, false],
])("%s", (_name, output, env, color, live) => {
  expect(terminalOf(output, env)).toMatchObject({ color, live });
});

test("a pipe has no width", () => {
  expect(terminalOf(pipe, {}).columns).toBe(Infinity);
  expect(terminalOf({ ...tty, columns: 0 }, {}).columns).toBe(80);
});

test("what is measured without the library is as wide as the library says", () => {
  const ours = "·×–—‘’“”…→−≥";
  for (const text of [ours, ...ours.split(""), ...Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))])
    expect([text, textWidth(text)]).toEqual([text, stringWidth(text)]);
});
