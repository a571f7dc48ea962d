/** The small grammars of a task: canary lines, sizes, env templates. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stripCanary } from "../../src/tasks/canary.ts";
import { resolveEnvTemplates } from "../../src/tasks/env-templates.ts";
import { sizeToMb } from "../../src/tasks/size.ts";

describe("canary lines", () => {
  test.each([
    ["Do it.\n", "Do it.\n"],
    ["<!-- harbor-CANARY x -->\n# Canary y\n\n \t\nDo it.", "Do it."],
    ["\n\nDo it.", "Do it."],
    ["Do it.\n# canary", "Do it.\n# canary"],
    ["<!-- canary\n-->\nDo it.", "<!-- canary\n-->\nDo it."],
    ["# Title\n# canary", "# Title\n# canary"],
    ["  # canary  \nDo it.", "Do it."],
    ["# canary", ""],
    ["", ""],
  ])("%j becomes %j", (text, expected) => {
    expect(stripCanary(text)).toBe(expected);
  });

  const canary = fc.constantFrom("# a canary b", "<!-- CANARY -->", "#canary");
  const blank = fc.constantFrom("", "  ", "\t");

  test("only the beginning goes, and nothing of what follows", () => {
    fc.assert(
      fc.property(fc.array(canary), fc.array(blank), fc.array(fc.string()), (canaries, blanks, rest) => {
        const body = ["Do it.", ...rest].join("\n");
        expect(stripCanary([...canaries, ...blanks, body].join("\n"))).toBe(body);
      }),
    );
  });

  test("a second time changes nothing unless the text goes on with canaries", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = stripCanary(text);
        expect(text.endsWith(once)).toBe(true);
        if (!/canary/i.test(once)) expect(stripCanary(once)).toBe(once);
      }),
    );
  });
});

test.each([
  ["2G", 2048],
  ["0.5g", 512],
  [" 300 M ", 300],
  ["1536K", 1],
  ["100K", null],
  ["0G", null],
  ["2GB", null],
  ["2", null],
  ["-1G", null],
  ["1e3M", null],
  ["G", null],
  ["9".repeat(30) + "G", null],
])("a size of %j is %j MB", (text, mb) => {
  expect(sizeToMb(text)).toBe(mb);
});

/* oxlint-disable no-template-curly-in-string -- the templates under test */
describe("env templates", () => {
  test("whole values only; all that is missing at once", () => {
    const map = {
      LITERAL: "a-${HOME}",
      FOUND: "${TOKEN}",
      EMPTY_BUT_SET: "${EMPTY:-x}",
      DEFAULT: "${NOPE:-a:b-${c}}",
      EMPTY_DEFAULT: "${NOPE:-}",
      GONE: "${NOPE}",
      GONE_TOO: "${toString}",
      NO_NAME: "${}",
      NOT_CLOSED: "${TOKEN",
      OTHER_OPERATOR: "${TOKEN:=x}",
    };
    expect(resolveEnvTemplates(map, { TOKEN: "s3cret", EMPTY: "" })).toEqual({
      values: {
        LITERAL: "a-${HOME}",
        FOUND: "s3cret",
        EMPTY_BUT_SET: "",
        DEFAULT: "a:b-${c}",
        EMPTY_DEFAULT: "",
        NO_NAME: "${}",
        NOT_CLOSED: "${TOKEN",
        OTHER_OPERATOR: "${TOKEN:=x}",
      },
      fromHost: ["FOUND", "EMPTY_BUT_SET"],
      missing: [
        { key: "GONE", variable: "NOPE" },
        { key: "GONE_TOO", variable: "toString" },
      ],
    });
  });

  const variable = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/);
  const oneLine = fc.string().filter((text) => !text.includes("\n"));

  test("every name and default", () => {
    fc.assert(
      fc.property(variable, oneLine, fc.string(), (name, fallback, value) => {
        const map = { plain: `\${${name}}`, or: `\${${name}:-${fallback}}` };
        expect(resolveEnvTemplates(map, { [name]: value }).values).toEqual({ plain: value, or: value });
        expect(resolveEnvTemplates(map, {})).toEqual({
          values: { or: fallback },
          fromHost: [],
          missing: [{ key: "plain", variable: name }],
        });
      }),
    );
  });

  test("what does not begin with ${ stays as it is", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = `x${text}`;
        expect(resolveEnvTemplates({ K: value }, {}).values).toEqual({ K: value });
      }),
    );
  });
});
