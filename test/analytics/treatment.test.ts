/** What runs show of their treatment: as metrics, and in the report. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { reasonOf, valueOf } from "../../src/analytics/analysis.ts";
import { asTreatmentSeen } from "../../src/records/treatment-seen.ts";
import { analysisIn, makeRuns, result } from "./jobs.ts";
import { reportOf } from "./report-of.ts";
import { treated, type Treated } from "./treated.ts";

const server = (over: object = {}) => ({ name: "docs", status: "connected", tools: 4, calls: 3, errors: 1, ...over });
const hook = (over: object = {}) => ({ event: "PostToolUse", runs: 10, failures: 2, seconds: 41, ...over });

async function values(seen: Treated["seen"]) {
  const { trials, metrics } = await analysisIn(await makeRuns(treated([{ profile: "guarded", task: "one", seen }])));
  const [trial] = trials;
  if (trial === undefined) throw new Error("the trial was not read");
  const names = [
    "servers_connected",
    "server_tools",
    "servers_unused",
    "hook_runs",
    "hook_failures",
    "hook_sec",
    "hook_share",
  ];
  return {
    numbers: names.map((name) => valueOf(trial, name)),
    columns: metrics.map(({ name }) => name),
    why: (name: string) => reasonOf(trial, name),
  };
}

test("servers and hooks of a run are numbers, a profile without any has zeros, and what is not told is unknown", async () => {
  const full = await values({
    servers: [
      server(),
      server({ name: "idle", calls: 0, errors: 0, tools: 2 }),
      server({ name: "off", status: "failed", calls: 0, tools: 0 }),
    ],
    hooks: [hook(), hook({ event: "Stop", runs: 1, failures: 0, seconds: 9 })],
  });
  expect(full.numbers).toEqual([2, 6, 1, 11, 2, 50, 0.5]);
  expect(full.columns).toEqual(expect.arrayContaining(["hook_share", "servers_unused"]));
  expect((await values({})).numbers).toEqual([0, 0, 0, 0, 0, 0, 0]);
  const silent = await values({
    servers: [server({ status: null, tools: null, calls: 0 })],
    hooks: [hook({ seconds: null })],
  });
  expect(silent.numbers).toEqual([null, null, 1, 10, 2, null, null]);
  expect(silent.why("hook_share")).toMatch(/how long/);
  const foreign = await analysisIn(await makeRuns({ "job/one__a/result.json": result() }));
  expect(foreign.metrics.map(({ name }) => name).filter((name) => /^(?:hook_|server)/.test(name))).toEqual([]);
});

test("a record of any shape is a treatment or none, never a crash", () => {
  const { asked, seen } = {
    asked: { servers: ["docs", 7] },
    seen: { servers: [server(), server({ calls: -1 }), null], hooks: [hook({ runs: "9" })] },
  };
  expect(asTreatmentSeen({ asked, seen, missing: "x" })).toMatchObject({
    asked: { servers: ["docs"], hooks: [], version: null },
    seen: { servers: [{ name: "docs" }], hooks: [], models: [] },
    missing: [],
  });
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (a, b, c) => {
      expect(asTreatmentSeen(a) === null || typeof a === "object").toBe(true);
      expect(asTreatmentSeen({ asked: a, seen: { servers: b, hooks: c } })?.seen.models ?? []).toEqual([]);
    }),
  );
});

test("the report says what stands out, shows servers and hooks, who was not treated and why, and figures as assigned", async () => {
  const tasks = ["one", "two", "three", "four"];
  const { page } = await reportOf(
    treated([
      ...tasks.map((task): Treated => ({ profile: "plain", task, seen: {} })),
      ...tasks.map((task, at): Treated => ({
        profile: "guarded",
        task,
        reasoning: "high",
        seen: {
          effective_reasoning: "medium",
          servers: [server({ calls: at, errors: 0, ...(at === 3 ? { status: "failed", calls: 0, tools: 0 } : {}) })],
          hooks: [hook()],
        },
        ...(at === 3 ? { missing: 'the MCP server "docs" is failed' } : {}),
      })),
    ]),
  );
  const section = /<section id="treatment"[^]*?<\/section>/.exec(page)?.[0] ?? "";
  const text = section.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ");
  expect(text).toContain("guarded : hooks used 41 % of the agent’s time.");
  expect(text).toContain("guarded : 8 of 40 runs of hooks failed or ran out of time.");
  expect(text).toContain("guarded : the MCP server docs was offered and never called in 1 of 4 trials.");
  expect(text).toContain("guarded : the MCP server docs was connected in 3 of 4 trials.");
  expect(text).toContain("guarded : reasoning high was asked for, and medium was in effect.");
  expect(text).toMatch(/docs 4 3 0 to 4 3 0 1 /);
  expect(text).toMatch(/PostToolUse 4 40 8 2m44s 4\.1s/);
  expect(text).toMatch(/1 trial ran without the profile being really applied/);
  expect(text).toMatch(/not really applied: the MCP server &quot;docs&quot; is failed/);
  // 3 of 3 treated ones succeeded, and 3 of 4 as assigned.
  expect(text).toMatch(/As assigned[^]*guarded 4 75 %[^]*100 %[^]*\+25 pp/);
  expect(section).toContain('href="./../2026-01-01__00-00-00__guarded/four__7/.regatta/treatment.json"');
});
