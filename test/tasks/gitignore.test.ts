import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gitignoreMatcher } from "../../src/tasks/gitignore.ts";

/** Pattern lines; paths left out; paths kept. Every row was checked against the library that Harbor uses. */
const CASES: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
  [["a"], ["a", "x/a", "a/x", "x/a/y"], ["ab", "x/ab"]],
  [["/a"], ["a", "a/c"], ["b/a"]],
  [["a/b"], ["a/b", "a/b/c"], ["x/a/b", "a/bc"]],
  [["a/"], ["a/x", "x/a/y"], ["a", "x/a"]],
  [["*.pyc"], ["a.pyc", "x/.pyc"], ["a.pyco"]],
  [["a/*"], ["a/x"], ["a", "a/x/y"]],
  [["a/*.b"], ["a/x.b", "a/x.b/y"], ["a/x/y.b"]],
  [["a/**"], ["a/x", "a/x/y"], ["a", "x/a/y"]],
  [["**/a"], ["a", "x/y/a"], ["ab"]],
  [["a/**/b"], ["a/b", "a/x/b", "a/x/y/b", "a/b/c"], ["ab", "x/a/b"]],
  [["**"], ["a", "a/b"], []],
  [["*"], ["a", "a/b"], []],
  [["/*"], ["a"], ["a/b"]],
  [["*/"], ["a/b", "a/b/c"], ["a"]],
  [["**/"], ["a/b"], ["a"]],
  [["/"], ["a", "a/b"], []],
  [["a?c"], ["abc"], ["ac", "a/c"]],
  [["a**b"], ["axxb", "ab"], ["ax/b"]],
  [["[ab]c"], ["ac", "bc"], ["cc", "[ab]c"]],
  [["[!ab]c"], ["cc"], ["ac"]],
  [["[^a-c]x"], ["dx"], ["bx"]],
  [["[]a]x"], ["]x", "ax"], ["bx"]],
  [["[a"], ["[a"], ["a"]],
  [
    ["#a", "\\#b", "\\!c"],
    ["#b", "!c"],
    ["#a", "a", "b", "c"],
  ],
  [
    ["a ", "b\\ "],
    ["a", "b "],
    ["a ", "b"],
  ],
  [["\\*"], ["*"], ["a"]],
  [["a.b"], ["a.b"], ["axb"]],
  [["", "!", "a\\", "[z-a]"], [], ["a", "z", "!"]],
  [["*.log", "!keep.log"], ["a.log"], ["keep.log", "x/keep.log"]],
  [["!keep.log", "*.log"], ["keep.log"], []],
  [["logs/", "!logs/keep"], ["logs/a"], ["logs/keep"]],
  [["a//b"], [], ["a/b"]],
];

describe.each(CASES)("%j", (lines, out, kept) => {
  test("leaves out and keeps", () => {
    const ignored = gitignoreMatcher(lines);
    expect([...out, ...kept].filter(ignored)).toEqual(out);
  });
});

const name = fc.stringMatching(/^[a-z.#! ]{1,4}$/);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
const patternLine = fc
  .array(fc.constantFrom("a", "b", "*", "**", "?", "/", "!", "#", "[", "]", "[ab]", "\\", "-", "^", "(", "."), {
    maxLength: 7,
  })
  .map((parts) => parts.join(""));

test("any lines and any path: an answer, the same with the last line twice", () => {
  fc.assert(
    fc.property(fc.array(patternLine, { maxLength: 4 }), path, (lines, each) => {
      const answer = gitignoreMatcher(lines)(each);
      expect(gitignoreMatcher([...lines, ...lines.slice(-1)])(each)).toBe(answer);
    }),
  );
});

test("a path escaped as a pattern matches itself, what is below it, and is undone by its negation", () => {
  fc.assert(
    fc.property(path, (each) => {
      const escaped = each.replace(/[^a-z/]/g, "\\$&");
      expect(gitignoreMatcher([`/${escaped}`])(each)).toBe(true);
      expect(gitignoreMatcher([`/${escaped}`])(`${each}/x`)).toBe(true);
      expect(gitignoreMatcher([`/${escaped}/`])(each)).toBe(false);
      expect(gitignoreMatcher(["*", `!/${escaped}`])(each)).toBe(false);
      expect(gitignoreMatcher([`/${escaped}`])(`UPPER/${each}`)).toBe(false);
    }),
  );
});
