/** `regatta compare` on what others left, and on batches whose locks differ. */
import { expect, test } from "vitest";
import type { TrialId } from "../../src/contract/plan.ts";
import { result } from "../analytics/jobs.ts";
import { makeProject } from "../support/project.ts";
import { drawn, type Rewards, writeBatch } from "./batches.ts";

/** A job of six tasks, as Harbor leaves it. */
function job(
  name: string,
  over: (task: string, at: number) => Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: 6 }, (_, at) => [
      `jobs/${name}/t${at}__x/result.json`,
      JSON.stringify(result({ task_name: `t${at}`, ...over(`t${at}`, at) })),
    ]),
  );
}

test("two Harbor jobs: what ran is told by the trials, jobs of different names are compared all the same", async () => {
  const agent = { name: "claude-code", version: "2.2.0", model_info: { name: "sonnet", provider: "anthropic" } };
  const project = await makeProject({
    ...job("monday", () => ({})),
    ...job("tuesday", (_, at) => ({
      agent_info: agent,
      verifier_result: { rewards: { reward: 0 } },
      ...(at === 5 ? { task_checksum: "another" } : {}),
    })),
  });
  const found = await project.regatta(["compare", "jobs/monday", "jobs/tuesday", "--json"]);
  expect([found.code, found.stderr]).toEqual([0, ""]);
  const name = "(A:monday, B:tuesday)";
  expect(JSON.parse(found.stdout)).toMatchObject({
    drift: [
      { about: "agent", what: `agent that ran ${name}`, a: "claude-code 2.1.0", b: "claude-code 2.2.0" },
      { about: "model", what: `model that ran ${name}`, a: "anthropic/haiku", b: "anthropic/sonnet" },
      { about: "task", what: "t5" },
    ],
    comparisons: { pairs: [{ a: "A:monday", b: "B:tuesday", tasks: 6, losses: 6, verdict: { word: "worse" } }] },
  });
  // The same trials under other names of their profiles; the gate leaves out the task that changed, and has too few then.
  const models = await project.regatta(["compare", "jobs/monday", "jobs/tuesday", "--by", "model"]);
  expect(models.stdout).toContain("B:anthropic/sonnet is worse than A:anthropic/haiku");
  const gate = await project.regatta(["gate", "jobs/monday", "jobs/tuesday"]);
  expect(gate.code).toBe(3);
  expect(gate.stdout).toContain("Not compared, since they are not the same tasks any more: t5.");
});

test("drift comes first: toolchains, profiles; only of what both have and what is compared", async () => {
  const project = await makeProject({});
  const toolchain = (version: string, hash: string) => ({
    treatment: { toolchains: [{ name: "my-server", version, hash, inputs: {} }], servers: [] },
  });
  const rewards = drawn(8, 1, 1);
  await writeBatch(project, {
    name: "x/0",
    profiles: { text: rewards, old: rewards },
    profile: toolchain("1.0.0", "aaaaaaaaaaaaaaaa"),
  });
  await writeBatch(project, {
    name: "x/1",
    profiles: { text: drawn(9, 1, 1), fresh: rewards },
    profile: { ...toolchain("1.1.0", "bbbbbbbbbbbbbbbb"), max_turns: 9 },
    startedAt: "2026-01-01T05:00:00.000000Z",
  });
  const { code, stdout } = await project.regatta(["compare", "x/0", "x/1"]);
  expect(code).toBe(0);
  expect(stdout.split("\n").slice(0, 6)).toEqual([
    "A = x/0, 16 trials, from 2026-01-01T00:00",
    "B = x/1, 17 trials, from 2026-01-01T05:00",
    "",
    "drift between them",
    "  toolchain: profiles.text: my-server: 1.0.0 #aaaaaaaaaaaa → 1.1.0 #bbbbbbbbbbbb",
    "  profile: profiles.text.max_turns: (not set) → 9",
  ]);
  expect(stdout).toContain("started 5 hours apart");
  expect(stdout).not.toContain("A:old");
  const other = await project.regatta(["compare", "x/0", "x/1", "--profiles", "old=fresh,text", "--json"]);
  const { pairs } = (JSON.parse(other.stdout) as { comparisons: { pairs: { a: string; b: string }[] } }).comparisons;
  expect(pairs.map(({ a, b }) => `${a} ${b}`)).toEqual(["A:old B:fresh", "A:text B:text"]);
});

test("sides that are nothing to compare are bad input", async () => {
  const tuesday = Object.fromEntries(Object.entries(job("tuesday", () => ({}))).slice(0, 5));
  const project = await makeProject({ "empty/x": "", ...job("monday", () => ({})), ...tuesday });
  for (const [args, message] of [
    [["empty", "jobs/monday"], "There is no Harbor job in"],
    [["jobs/monday", "jobs/tuesday", "--tasks", "t1", "t5"], 'B: There is no trial of a task "t5"'],
    [["jobs/monday", "nowhere/3"], 'There is no batch "nowhere/3"'],
    [["jobs/monday", "jobs/monday"], "the same batch"],
    [["jobs/monday", "jobs/monday", "--profiles", "a=b"], "no such profile in both"],
  ] as const) {
    const ended = await project.regatta(["compare", ...args]);
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining(message)]);
  }
});

test("images that trials ran in: by task, whatever their profile; what is not recorded is not taken for the same", async () => {
  const project = await makeProject({});
  const rewards: Rewards = { moved: [1, 1], same: [1, 1], mixed: [1, 1], damaged: [1, 1], unknown: [null, 1] };
  const image = (id: string): unknown => ({ name: "img:1", id: `sha256:${id}`, digests: ["img@sha256:d"] });
  const imagesOf = (now: string) => (trial: TrialId) => {
    const by: Readonly<Record<string, unknown>> = {
      moved: image(now),
      mixed: image(trial.attempt === 1 ? "old" : now),
      // A file that someone has written into.
      damaged: now === "old" ? { name: 1, id: ["<script>"] } : image("old"),
      // The one that never started has none, which says nothing of the other.
      unknown: trial.attempt === 1 ? undefined : image("old"),
    };
    return by[trial.task] ?? image("old");
  };
  await writeBatch(project, { name: "x/0", profiles: { text: rewards }, image: imagesOf("old") });
  await writeBatch(project, { name: "x/1", profiles: { text: rewards }, image: imagesOf("new") });
  const found = await project.regatta(["compare", "x/0", "x/1", "--json"]);
  expect([found.code, found.stderr]).toEqual([0, ""]);
  expect((JSON.parse(found.stdout) as { drift: unknown }).drift).toEqual([
    { about: "image", what: "image of mixed", a: "img:1 sha256:old", b: "img:1 sha256:new, img:1 sha256:old" },
    { about: "image", what: "image of moved", a: "img:1 sha256:old", b: "img:1 sha256:new" },
    { about: "image", what: "image of 1 task", a: "not recorded", b: "recorded" },
  ]);
  const shown = await project.regatta(["compare", "x/0", "x/1"]);
  expect(shown.stdout).toContain("image of moved");
});
