/** Dockerfiles as text: what is read out of them, and what is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignments, jsonForm, parseDockerfile, substitute, words } from "../../src/environments/local/dockerfile.ts";
import { recipeOf } from "../../src/environments/local/recipe.ts";

describe("instructions", () => {
  it("joins continuations, and passes over comments and blanks within them", () => {
    const parsed = parseDockerfile('# syntax=x\nFROM a\n\nrun one \\\n  # not this\n\n  && two\n# end\nCMD ["x"]\n');
    expect(parsed.map(({ name, line }) => [name, line])).toEqual([
      ["FROM", 2],
      ["RUN", 4],
      ["CMD", 9],
    ]);
    expect(parsed[1]?.text.replaceAll(/\s+/g, " ")).toBe("one && two");
  });

  it("takes the escape directive at the top only", () => {
    expect(parseDockerfile("# escape=`\nRUN a `\n b").map(({ text }) => text.replaceAll(/\s+/g, " "))).toEqual(["a b"]);
    expect(parseDockerfile("FROM x\n# escape=`\nRUN a `\nRUN b").length).toBe(3);
  });

  it("reads heredocs, several of them, with tabs taken off, and not those within quotes or arithmetic", () => {
    const [run, copy] = parseDockerfile("RUN cat <<A <<-'B' >/x\n1\nA\n\t2\n\tB\nCOPY <<EOF /f\n$X\nEOF\nUSER u");
    expect(run?.heredocs).toEqual([
      { name: "A", body: "1\n", expand: true },
      { name: "B", body: "2\n", expand: false },
    ]);
    expect(copy?.heredocs).toEqual([{ name: "EOF", body: "$X\n", expand: true }]);
    expect(
      parseDockerfile("RUN python -c 'x = 1 <<n' && echo \"a <<b\" $((1<<c))\nUSER u").map(({ name }) => name),
    ).toEqual(["RUN", "USER"]);
  });

  it("never throws, numbers lines rightly, and finds what was written, however it is broken up", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const lines = text.split(/\r?\n/);
        for (const { line } of parseDockerfile(text)) expect(lines[line - 1]?.trim()).not.toBe("");
      }),
    );
    const plain = fc.stringMatching(/^[a-z0-9=/.]{1,8}$/);
    const instruction = fc.record({
      name: fc.constantFrom("LABEL", "CMD", "EXPOSE", "run", "User"),
      parts: fc.array(plain, { minLength: 1, maxLength: 5 }),
      broken: fc.boolean(),
      comment: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(instruction, { maxLength: 6 }), (all) => {
        const text = all
          .map(
            ({ name, parts, broken, comment }) =>
              `${comment ? "# note \\\n" : ""}${name} ${parts.join(broken ? " \\\n  " : " ")}\n`,
          )
          .join("\n");
        const parsed = parseDockerfile(text);
        expect(parsed.map(({ name, text: rest }) => [name, rest.split(/\s+/)])).toEqual(
          all.map(({ name, parts }) => [name.toUpperCase(), parts]),
        );
      }),
    );
  });
});

describe("words and variables", () => {
  const variables = new Map([
    ["A", "a b"],
    ["Q", "'"],
    ["EMPTY", ""],
  ]);

  it("replaces references where a shell would, and does not split what they bring", () => {
    expect(words("$A ${A}x '$A' \"$A\" \\$A ${NONE:-d} ${EMPTY:-e $A} ${A:+yes} ${NONE:+no}. $Q", variables)).toEqual([
      "a b",
      "a bx",
      "$A",
      "a b",
      "$A",
      "d",
      "e a b",
      "yes",
      ".",
      "'",
    ]);
    expect(substitute("${A}-$A-\\$A-'$A'-$", variables)).toBe("a b-a b-$A-'a b'-$");
  });

  it("splits any words that were quoted into the same words", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 })), (all) => {
        const quoted = all.map((word) => `'${word.replaceAll("'", `'"'"'`)}'`).join(" ");
        expect(words(quoted)).toEqual(all);
      }),
    );
  });

  it("reads both forms of ENV", () => {
    expect(assignments('A=1 B="x y" C=p\\ q D=$A', variables)).toEqual([
      ["A", "1"],
      ["B", "x y"],
      ["C", "p q"],
      ["D", "a b"],
    ]);
    expect(assignments("OLD one two=3", variables)).toEqual([["OLD", "one two=3"]]);
  });

  it("takes only lists of strings for the JSON form", () => {
    expect(jsonForm('["a", "b"]')).toEqual(["a", "b"]);
    for (const other of ["[a]", '["a", 1]', "[ -f x ] && y", "a"]) expect(jsonForm(other)).toBeNull();
  });
});

describe("recipes", () => {
  it("follows WORKDIR, ENV, ARG, USER and SHELL in order", () => {
    const { steps, workdir, user, env, images, refused } = recipeOf(
      `ARG V=3
FROM base:$V AS one
ENV A=1
ENV B=$A/\${V:-x}
WORKDIR /w
WORKDIR sub dir
USER racer:crew
SHELL ["/bin/bash", "-ec"]
RUN echo $A
RUN ["printf", "x"]
ENV A=2
LABEL x=y
EXPOSE 80
VOLUME /data
CMD x`,
    );
    expect({ workdir, user, env, images, refused }).toEqual({
      workdir: "/w/sub dir",
      user: "racer:crew",
      env: { A: "2", B: "1/3" },
      images: ["base:3"],
      refused: [],
    });
    expect(steps.filter((step) => step.kind === "run").map(({ argv, cwd, env: own }) => [argv, cwd, own["A"]])).toEqual(
      [
        [["/bin/bash", "-ec", "echo $A"], "/w/sub dir", "1"],
        [["printf", "x"], "/w/sub dir", "1"],
      ],
    );
  });

  it("refuses by line and name what would change the result", () => {
    const refusedBy = (text: string) => recipeOf(text).refused.join("\n");
    expect(refusedBy("FROM a\nCOPY --from=b /x /y")).toMatch(/line 2.*COPY --from/);
    expect(refusedBy("FROM a\nFROM b")).toMatch(/line 2.*stages/);
    expect(refusedBy("FROM a\nADD https://x/y /z")).toMatch(/line 2.*URL/);
    expect(refusedBy("FROM a\nADD x.tar.gz /z")).toMatch(/line 2.*archives/);
    expect(refusedBy("FROM a\nFLY away")).toMatch(/line 2.*FLY/);
  });
});
