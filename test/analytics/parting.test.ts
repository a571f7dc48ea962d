/** Where two trials parted, on the report: which pairs are shown, what of their steps, and how a reader gets the rest. */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readStep } from "../../src/analytics/diff/action.ts";
import { trajectoryDiff } from "../../src/analytics/diff/trajectory-diff.ts";
import { type Block, blocksOf } from "../../src/analytics/report/parting/blocks.ts";
import { chooseContrasts, MOST_CALLS, MOST_SHOWN } from "../../src/analytics/report/parting/choose.ts";
import { diffCommand } from "../../src/analytics/report/parting/command.ts";
import { reportTrials } from "../../src/analytics/report/report-trial.ts";
import { type ReportTrial } from "../../src/analytics/report/report-trial.ts";
import { agentStep, analysisIn, makeRuns, result } from "./jobs.ts";
import { makeProject } from "../support/project.ts";
import { partedJobs, ranCommands, reportOf } from "./report-of.ts";

describe("which pairs are shown", () => {
  let template: ReportTrial;
  /** Rewards of each cell's attempts, by `profile task`. */
  async function trials(cells: Readonly<Record<string, readonly number[]>>): Promise<readonly ReportTrial[]> {
    const root = await makeRuns({ "job/t__1/result.json": result() });
    [template] = reportTrials(await analysisIn(root), () => []) as [ReportTrial];
    return Object.entries(cells).flatMap(([key, rewards]) => {
      const [profile = "", task = ""] = key.split(" ");
      return rewards.map((reward, at): ReportTrial => ({
        ...template,
        id: `${key} ${at + 1}`,
        toolCalls: 1,
        outcome: reward === 1 ? "solved" : "not solved",
        seen: { ...template.seen, profile, task, attempt: at + 1, reward, success: reward === 1 },
      }));
    });
  }
  const ids = (contrasts: readonly { readonly a: ReportTrial; readonly b: ReportTrial }[]): readonly string[] =>
    contrasts.map(({ a, b }) => `${a.id} / ${b.id}`);

  test("tasks with another share of solved attempts, each by the first attempt that stands for its side", async () => {
    const found = chooseContrasts(
      [{ a: "x", b: "y" }],
      await trials({
        "x even": [1, 0],
        "y even": [0, 1],
        "x some": [0, 1, 0],
        "y some": [0, 1, 1],
        "x all": [1, 1],
        "y all": [0, 0],
        "x alone": [1],
      }),
    );
    expect(ids(found.shown)).toEqual(["x all 1 / y all 1", "x some 1 / y some 2"]);
    expect(found.shown.map(({ difference, solved }) => [Number(difference.toFixed(3)), solved.b])).toEqual([
      [-1, { solved: 0, scored: 2 }],
      [0.333, { solved: 2, scored: 3 }],
    ]);
    expect([found.more, found.without]).toEqual([[], []]);
  });

  test("of equal differences each comparison has its turn, and what is too much is kept in order", async () => {
    const tasks = Array.from({ length: 9 }, (_, at) => `t${at}`);
    const cells = Object.fromEntries(
      tasks.flatMap((task) => [
        [`x ${task}`, [0]],
        [`y ${task}`, [1]],
        [`z ${task}`, [1]],
      ]),
    );
    const pairs = [
      { a: "x", b: "y" },
      { a: "x", b: "z" },
      { a: "y", b: "z" },
    ];
    const found = chooseContrasts(pairs, await trials(cells));
    expect(ids(found.shown).slice(0, 3)).toEqual(["x t0 1 / y t0 1", "x t0 1 / z t0 1", "x t1 1 / y t1 1"]);
    expect([found.shown.length, found.more.length]).toEqual([MOST_SHOWN, 18 - MOST_SHOWN]);
    expect(ids(found.more)[0]).toBe("x t6 1 / y t6 1");
  });

  test("an attempt without steps stands for its side only where there is no other, and takes no one's place", async () => {
    const all = await trials({ "x t": [0, 0], "y t": [1], "x u": [0], "y u": [1], "x v": [0], "y v": [1] });
    const found = chooseContrasts(
      [{ a: "x", b: "y" }],
      all.map((trial) =>
        ["x t 1", "x u 1"].includes(trial.id)
          ? { ...trial, toolCalls: null }
          : trial.id === "y v 1"
            ? { ...trial, toolCalls: MOST_CALLS + 1 }
            : trial,
      ),
    );
    expect(ids(found.shown)).toEqual(["x t 2 / y t 1"]);
    expect(found.without.map(({ task, why }) => [task, why])).toEqual([
      ["u", expect.stringContaining("A: there is no agent/trajectory.json")],
      ["v", "B: 4001 calls of tools are too many for this page"],
    ]);
  });
});

describe("what of their steps is shown", () => {
  const steps = (commands: readonly string[]) =>
    commands.map((command, at) => readStep(agentStep([{ tool: "Bash", args: { command }, result: "ok" }]), at + 1));
  const rowsIn = (block: Block): number => {
    switch (block.kind) {
      case "same":
      case "alike":
        return block.pairs.length;
      case "apart":
        return block.a.length + block.b.length;
      case "folded":
        return block.actions;
      case "folded-apart":
        return block.a + block.b;
      case "rest":
        return block.rows;
      case "parts":
      case "meets":
        return 0;
    }
  };

  test("every row is shown or counted, it parts once, and no list is long", () => {
    const commands = fc.array(fc.constantFrom("ls", "cat a", "cat b", "make", "pytest"), { maxLength: 60 });
    fc.assert(
      fc.property(commands, commands, fc.nat({ max: 30 }), (a, b, common) => {
        const start = Array.from({ length: common }, (_, at) => `echo ${at}`);
        const diff = trajectoryDiff(steps([...start, ...a]), steps([...start, ...b]));
        const blocks = blocksOf(diff);
        expect(blocks.reduce((sum, block) => sum + rowsIn(block), 0)).toBe(diff.rows.length);
        const kinds = blocks.map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === "parts")).toHaveLength(diff.divergence === null ? 0 : 1);
        const met = kinds.filter((kind) => kind === "meets").length;
        expect(met).toBe(diff.reconvergence === null || (met === 0 && kinds.includes("rest")) ? 0 : 1);
        expect(blocks.length).toBeLessThan(160);
      }),
    );
  });

  test("what is the same is folded, but beside a difference", () => {
    const start = Array.from({ length: 20 }, (_, at) => `echo ${at}`);
    const end = Array.from({ length: 9 }, (_, at) => `true ${at}`);
    const diff = trajectoryDiff(steps([...start, "make", ...end]), steps([...start, "ls", ...end]));
    expect(blocksOf(diff).map((block) => [block.kind, rowsIn(block)])).toEqual([
      ["folded", 18],
      ["same", 2],
      ["parts", 0],
      ["apart", 2],
      ["meets", 0],
      ["same", 2],
      ["folded", 7],
    ]);
  });
});

test("the command is what it was made of, whatever stands in names", () => {
  const name = fc.oneof(
    fc.constantFrom("a b", "it's", "$(touch owned)", "`id`", "-rf", "x;y", "'; echo '", "ü", "a\\b", '"'),
    fc.string({ minLength: 1 }).filter((text) => !/[/\p{C}\p{Z}]/u.test(text) || text.includes(" ")),
  );
  fc.assert(
    fc.property(name, name, (a, b) => {
      fc.pre(!/[/\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(a + b));
      const words = diffCommand({ root: "/x/jobs", from: null }, `one/${a}`, `two/${b}`).replace(
        "regatta diff ",
        "printf '%s\\n' ",
      );
      expect(execFileSync("sh", ["-c", words], { encoding: "utf8" })).toBe(`./one/${a}\n./two/${b}\n`);
    }),
    { numRuns: 40 },
  );
  const of = (root: string, from: string | null): string => diffCommand({ root, from }, "text/fix__a", "tools/fix__b");
  expect(of("/x/results/demo/3/runs", null)).toBe("regatta diff demo/3/fix__a demo/3/fix__b");
  expect(of("/x/results/demo/3/runs", "results/demo/3/runs")).toBe("regatta diff demo/3/fix__a demo/3/fix__b");
  expect(of("/x/kept/3/runs", "kept/3/runs")).toBe("regatta diff ./kept/3/runs/text/fix__a ./kept/3/runs/tools/fix__b");
  expect(diffCommand({ root: "/x", from: null }, "a\u001b[2J", "b\nc")).toBe("regatta diff './a\\x1b[2J' './b\\nc'");
});

describe("the section", () => {
  const textOf = (page: string): string =>
    (/<section id="parted"[^]*?<\/section>/.exec(page)?.[0] ?? "")
      .replace(/<[^>]+>/g, "")
      .replaceAll("&#39;", "'")
      .replace(/\s+/g, " ");

  test("says where both parted and met, what each spent, what was cut, and what cannot be compared", async () => {
    const { page } = await reportOf(partedJobs());
    const text = textOf(page);
    expect(text).toContain("4 of 6 pairs shown");
    expect(text).toContain("fix-parser: tools solved it, plain did not part after 6 same actions, meet again");
    expect(text).toMatch(/First difference.* B 7 \$ codegraph callers/);
    expect(text).toContain("A 8 $ python -m pytest -q failed");
    expect(text).toContain("They meet again, for 3 actions");
    expect(text).toContain("until they part 6 actions, $0.06, 1m, 6k tokens 6 actions, $0.06, 1m, 6k tokens");
    expect(text).toMatch(/ of 9\d\d characters/);
    expect(text).toMatch(/long: plain solved it.*?more rows? that this page has no room for/);
    expect(text).toContain("A is of ATIF-v2.0, a version unknown here");
    expect(text).toContain("First difference, where B has ended");
    expect(text).toContain("all attempts 0 of 2 solved 1 of 2 solved");
    expect(text).toContain("2 pairs that cannot be shown here");
    expect(text).toContain("bare: plain, 1 against tools, 1 A: there is no agent/trajectory.json");
    expect(text).toMatch(/cut: plain, 1 against tools, 1 A: agent\/trajectory\.json .*not valid JSON/);
    expect(text).not.toContain("even");
    expect(text).toContain("regatta diff ./plain/fix-parser__1 ./tools/fix-parser__1 --all");
  });

  test("a cost that is not known is not $0", async () => {
    const steps = { ...ranCommands(["ls", "make"]) };
    const bare = { ...steps, steps: [agentStep([{ tool: "Bash", args: { command: "ls" } }])] };
    const { page } = await reportOf({
      "a/t__1/result.json": result({ task_name: "t", agent_result: null, verifier_result: { rewards: { reward: 0 } } }),
      "a/t__1/agent/trajectory.json": bare,
      "b/t__1/result.json": result({ task_name: "t" }),
      "b/t__1/agent/trajectory.json": steps,
    });
    expect(textOf(page)).toMatch(/cost unknown \$0\.02/);
    expect(textOf(page)).toMatch(
      /until they part 1 action, cost unknown, time unknown, tokens unknown 1 action, \$0\.01/,
    );
  });

  test("is there where there is nothing to show, and says why", async () => {
    const same = { "a/t__1/result.json": result({ task_name: "t" }), "b/t__1/result.json": result({ task_name: "t" }) };
    expect(textOf((await reportOf(same)).page)).toContain("Nothing to put side by side");
    const one = { "a/t__1/result.json": result({ task_name: "t" }) };
    expect(textOf((await reportOf(one)).page)).toContain("One profile: there is nothing to compare.");
  });

  test("is of the comparison that was asked for, and follows a trajectory that changes", async () => {
    const files = Object.entries({
      ...partedJobs(),
      "other/fix-parser__1/result.json": result({ task_name: "fix-parser" }),
      "other/fix-parser__1/agent/trajectory.json": ranCommands(["ls", "make other"]),
    });
    const project = await makeProject(
      Object.fromEntries(
        files.map(([name, content]) => [
          `jobs/${name}`,
          typeof content === "string" ? content : JSON.stringify(content),
        ]),
      ),
    );
    const analyze = async (...more: readonly string[]): Promise<string> => {
      const ended = await project.regatta(["analyze", "--runs", "jobs", "--output", "out", ...more]);
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      return textOf(await readFile(join(project.dir, "out/report.html"), "utf8"));
    };
    expect(await analyze("--compare", "plain", "tools")).not.toContain("make other");
    const all = await analyze();
    expect(all).toContain("fix-parser: other solved it, plain did not");
    expect(await analyze()).toBe(all);
    expect(await analyze("--tasks", "long")).not.toContain("fix-parser");
    const changed = join(project.dir, "jobs/other/fix-parser__1/agent/trajectory.json");
    await writeFile(changed, JSON.stringify(ranCommands(["ls", "make something else"])));
    expect(await analyze()).toContain("make something else");
  });

  test("a trajectory that is lost between reading and reporting is said, and the report is made", async () => {
    const jobs = partedJobs();
    const { page } = await reportOf(jobs, () => null, ["plain/fix-parser__1/agent/trajectory.json"]);
    expect(textOf(page)).toContain("Their steps cannot be compared. A: there is no agent/trajectory.json.");
    expect(textOf(page)).toContain("long: plain solved it");
  });
});
