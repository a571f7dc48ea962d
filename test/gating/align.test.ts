/** Two sequences side by side: what must hold whatever they are. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Action, readStep } from "../../src/analytics/diff/action.ts";
import { align, type Item, MOST_ITEMS } from "../../src/analytics/diff/align.ts";
import { trajectoryDiff } from "../../src/analytics/diff/trajectory-diff.ts";
import { seededRandom } from "../../src/statistics/random.ts";
import { agentStep } from "../analytics/jobs.ts";

/** `b2`: key b2, alike everything that begins with b. */
const item = (text: string): Item => ({ key: text, near: text.slice(0, 1) });
const anyItems = fc.array(fc.constantFrom("a1", "a2", "b1", "b2", "c1").map(item), { maxLength: 14 });

/** Length of the longest common subsequence, the plain way. */
function longest(a: readonly Item[], b: readonly Item[]): number {
  let row = Array.from({ length: b.length + 1 }, () => 0);
  for (const x of a) {
    const next = [0];
    for (const [at, y] of b.entries())
      next.push(x.key === y.key ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe("align", () => {
  test("matches are in order, of items that are the same or alike, and as many the same as there can be", () => {
    fc.assert(
      fc.property(anyItems, anyItems, (a, b) => {
        const matches = align(a, b);
        for (const [at, match] of matches.entries()) {
          const before = matches[at - 1];
          if (before !== undefined) expect(match.a > before.a && match.b > before.b).toBe(true);
          expect(match.same).toBe(a[match.a]?.key === b[match.b]?.key);
          expect(a[match.a]?.near).toBe(b[match.b]?.near);
        }
        expect(matches.filter(({ same }) => same)).toHaveLength(longest(a, b));
      }),
    );
  });

  test("the same from either side; everything of a sequence with itself", () => {
    fc.assert(
      fc.property(anyItems, anyItems, (a, b) => {
        expect(align(b, a)).toEqual(align(a, b).map(({ a: x, b: y, same }) => ({ a: y, b: x, same })));
        expect(align(a, a)).toEqual(a.map((_, at) => ({ a: at, b: at, same: true })));
      }),
    );
  });

  test("long ones are divided, and still matched as well as can be", () => {
    const random = seededRandom(3);
    const made = (length: number): Item[] =>
      Array.from({ length }, () => item(`${"abcdef"[Math.floor(random.next() * 6)]}${Math.floor(random.next() * 4)}`));
    const [a, b] = [made(1500), made(1400)];
    const matches = align(a, b);
    expect(matches.filter(({ same }) => same)).toHaveLength(longest(a, b));
    expect(align(b, a)).toHaveLength(matches.length);
  });

  test("thousands of actions of each side, and no more than can be waited for", () => {
    const many = (length: number, every: number): Item[] =>
      Array.from({ length }, (_, at) => item(at % every === 0 ? `x${at}` : `s${at % 97}`));
    expect(align(many(5000, 7), many(5000, 5)).length).toBeGreaterThan(2500);
    const endless = many(MOST_ITEMS + 500, 2);
    expect(align(endless, endless)).toHaveLength(MOST_ITEMS);
  });
});

describe("a difference of trajectories", () => {
  const steps = (commands: readonly string[]) =>
    commands.map((command, at) => readStep(agentStep([{ tool: "Bash", args: { command } }]), at + 1));
  const anyCommands = fc.array(fc.constantFrom("ls", "cat a", "cat b", "make", "pytest -q"), { maxLength: 12 });

  test("none with itself; the first difference is the same from either side; rows hold every action once", () => {
    fc.assert(
      fc.property(anyCommands, anyCommands, (a, b) => {
        const own = trajectoryDiff(steps(a), steps(a));
        expect([own.divergence, own.reconvergence, own.same, own.rows.length]).toEqual([
          null,
          null,
          a.length,
          a.length,
        ]);
        const [diff, turned] = [trajectoryDiff(steps(a), steps(b)), trajectoryDiff(steps(b), steps(a))];
        expect(turned.divergence && { a: turned.divergence.b, b: turned.divergence.a }).toEqual(diff.divergence);
        expect(turned.same).toBe(diff.same);
        expect(
          turned.reconvergence && { ...turned.reconvergence, a: turned.reconvergence.b, b: turned.reconvergence.a },
        ).toEqual(diff.reconvergence);
        expect(diff.rows.flatMap((row) => ("a" in row ? [row.a] : []))).toEqual(a.map((_, at) => at));
        expect(diff.rows.flatMap((row) => ("b" in row ? [row.b] : []))).toEqual(b.map((_, at) => at));
        expect(diff.rows.length).toBeLessThanOrEqual(a.length + b.length);
        expect(diff.rows.length).toBeGreaterThanOrEqual(Math.max(a.length, b.length));
        if (diff.divergence !== null) {
          const common = diff.divergence.a ?? diff.divergence.b ?? -1;
          expect(a.slice(0, common)).toEqual(b.slice(0, common));
          expect(a[common]).not.toBe(b[common]);
        }
        if (diff.reconvergence !== null) {
          const { a: x, b: y, length } = diff.reconvergence;
          expect(x > (diff.divergence?.a ?? -1) || y > (diff.divergence?.b ?? -1)).toBe(true);
          expect(a.slice(x, x + length)).toEqual(b.slice(y, y + length));
        }
      }),
    );
  });
});

describe("what is the same action", () => {
  const action = (tool: string, args: unknown): Action => {
    const [found] = readStep(agentStep([{ tool, args }]), 1).actions;
    if (found === undefined) throw new Error("no action");
    return found;
  };
  const bash = (command: string) => action("Bash", { command });

  test.each([
    ["ls   -la  src/", "ls -la src"],
    ["cat './a.txt'", 'cat "a.txt"'],
    ["cd /app && make;", "cd /app/ &&  make"],
    ["make 2>&1 | tail -5", "make  2>&1|tail -5"],
    ["echo a\necho b", "echo a ; echo b"],
    ["cat /tmp/tmp.Ab12Cd34Ef", "cat /tmp/tmp.Zz98Yy76Xx"],
    ["git show 1f0c9a7b2d3e4f5a6b7c", "git show aa11bb22cc33dd44ee55"],
  ])("%s is %s", (a, b) => {
    expect(bash(a).key).toBe(bash(b).key);
  });

  test.each([
    ["ls a", "ls b"],
    ["echo 'a  b'", "echo 'a b'"],
    ["make 2> log", "make > log"],
    ["a && b", "a || b"],
    ["echo it's", "echo its"],
  ])("%s is not %s", (a, b) => {
    expect(bash(a).key).not.toBe(bash(b).key);
  });

  test("whatever the shell's tool is called, and whatever is said beside the command", () => {
    const plain = bash("ls -l").key;
    expect(action("shell", { command: ["bash", "-lc", "ls -l"] }).key).toBe(plain);
    expect(action("exec_command", { cmd: "ls -l", timeout_ms: 1000 }).key).toBe(plain);
    expect(action("Bash", { command: "ls -l", description: "List" }).key).toBe(plain);
  });

  test("the same tool on the same file is alike, with other content it is not the same", () => {
    const [a, b] = ["x", "y"].map((text) => action("Edit", { file_path: "/app/./a.py", new_string: text }));
    expect(a?.near).toBe(b?.near);
    expect(a?.key).not.toBe(b?.key);
    expect(bash("cd /app && python -m pytest tests/a.py").near).toBe(bash("pytest tests/b.py").near);
  });

  test("any step gives actions and never an exception, with a line that is not long", () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), fc.anything(), (step, command, args) => {
        readStep(step, 1);
        expect(bash(command).shown.length).toBeLessThanOrEqual(160);
        expect(action("any", args).key.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});
