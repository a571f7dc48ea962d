/** What a profile's treatment is planned as: which code comes along, what is refused, and what is recorded. */
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { planTreatments } from "../../src/app/plan-treatments.ts";
import { profileInputs } from "../../src/app/profile-inputs.ts";
import { type PlannedTreatment, planTreatment, treatmentLock } from "../../src/app/treatments.ts";
import { agentDescriptions } from "../../src/agents/registry.ts";
import { entryForTasks } from "../../src/contract/cell-definition.ts";
import type { Outcome } from "../../src/contract/outcome.ts";
import type { PlanLock } from "../../src/contract/plan-lock.ts";
import type { ToolchainRequest } from "../../src/contract/toolchain.ts";
import { createDatasetSource } from "../../src/datasets/source.ts";
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { continuation } from "../../src/planning/continuation.ts";
import { lockDrift } from "../../src/planning/lock-drift.ts";
import { definitionDigest } from "../../src/records/trial-extras.ts";
import { resolveTasks } from "../../src/tasks/dataset.ts";
import { planned } from "../../src/toolchains/planned.ts";
import { project } from "../experiment/project.ts";
import { CLAUDE } from "./bed.ts";
import { fakeRegistry, packed } from "./fake-registry.ts";

const HOOKS = { hooks: { PostToolUse: [{ matcher: "*", hooks: [{ type: "command", command: "node hook.js" }] }] } };

async function plans(
  profile: string,
  files: Readonly<Record<string, string>>,
): Promise<{
  planned: PlannedTreatment;
  asked: readonly ToolchainRequest[];
  inputs: Readonly<Record<string, string>>;
}> {
  const made = await project({
    "experiments/x.toml": `schema_version = 2\nslug = "x"\n[tasks.t]\npath = "t"\n[profiles.p]\nagent = "claude-code"\n${profile}\n`,
    "t/task.toml": "",
    ...files,
  });
  const experiment = await made.load();
  const asked: ToolchainRequest[] = [];
  const agent = agentDescriptions().find(({ name }) => name === "claude-code");
  const [own] = experiment.profiles;
  if (agent === undefined || own === undefined) throw new Error("there is no such agent");
  const found = await planTreatment(
    own,
    experiment,
    agent,
    { arch: "x64", libc: "glibc" },
    {
      plan: async (request) => {
        asked.push(request);
        const make = (): Promise<never> => Promise.reject(new Error("nothing is made here"));
        return planned({ name: request.kind, version: "1", inputs: { kind: request.kind }, make });
      },
    },
  );
  return { planned: found, asked, inputs: await profileInputs(own) };
}

function server(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    "canvas/.mcp.json": JSON.stringify({ mcpServers: { canvas: { command: "node", args: ["server.js"], env } } }),
    "canvas/server.js": "",
    "canvas/hook.js": "",
    "canvas/hooks.json": JSON.stringify(HOOKS),
  };
}

test("hooks of a server's folder bring its code along, also without the server itself", async () => {
  const { planned: found, asked } = await plans('no_mcp = true\nhooks = "canvas/hooks.json"', server());
  expect(found.servers).toEqual([]);
  expect(found.hooksOf?.directory.name).toBe("canvas");
  expect(asked.map(({ kind }) => kind)).toEqual(["claude-code", "path", "node"]);
  expect(found.toolchains.map(({ name }) => name)).toEqual(["claude-code", "path", "node"]);
  const elsewhere = await plans('no_mcp = true\nhooks = "own/hooks.json"', { "own/hooks.json": JSON.stringify(HOOKS) });
  expect(elsewhere.planned.hooksOf).toBeNull();
});

test("another content of a skill is another profile", async () => {
  const inputs = async (text: string) =>
    (await plans('no_mcp = true\nskills = ["skills/greet"]', { "skills/greet/SKILL.md": text })).inputs;
  const [first, same, other] = [await inputs("Say hi."), await inputs("Say hi."), await inputs("Say bye.")];
  expect(Object.keys(first)).toEqual(["skills:greet"]);
  expect(first).toEqual(same);
  expect(first).not.toEqual(other);
});

test("a secret that stands in an .mcp.json is in no record, and told", async () => {
  const lockOf = async (secret: string) => {
    const { planned: found } = await plans('mcp_servers = ["canvas"]', server({ API_KEY: secret, LEVEL: "debug" }));
    return { text: JSON.stringify(treatmentLock(found)), notes: found.notes };
  };
  const [first, other] = [await lockOf("sk-very-secret-1"), await lockOf("sk-very-secret-2")];
  expect(first.text).not.toContain("very-secret");
  expect(first.text).toContain('"LEVEL":"debug"');
  expect(first.text).not.toBe(other.text);
  expect(first.notes).toEqual([expect.stringMatching(/canvas holds API_KEY as it is/)]);
  const named = await lockOf("${API_KEY}");
  expect(named.text).toContain("${API_KEY}");
  expect(named.notes).toEqual([]);
});

test("a matcher that would match nothing is refused", async () => {
  const hooks = { hooks: { PreToolUse: [{ matcher: "[", hooks: [{ type: "command", command: "true" }] }] } };
  const refused = plans('no_mcp = true\nhooks = "hooks.json"', { "hooks.json": JSON.stringify(hooks) });
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining("hooks.json"),
    lines: expect.arrayContaining([expect.stringMatching(/matcher.*no regular expression/)]),
  });
});

/** The locks of an experiment whose tasks are of Debian and of Alpine, planned with all tasks and with some. */
async function locksOf(...choices: readonly (readonly string[])[]): Promise<readonly PlanLock[]> {
  const registry = await fakeRegistry();
  for (const name of [CLAUDE, `${CLAUDE}-musl`])
    registry.add({ name, version: "1.2.3", archive: packed({ claude: "#!/bin/sh\n" }) });
  vi.stubEnv("NPM_CONFIG_REGISTRY", registry.url);
  vi.stubEnv("NO_PROXY", "127.0.0.1");
  onTestFinished(() => void vi.unstubAllEnvs());
  const made = await project({
    "experiments/x.toml": `schema_version = 2\nslug = "x"\n[tasks.deb]\npath = "deb"\n[tasks.alp]\npath = "alp"\n[profiles.p]\nagent = "claude-code"\nno_mcp = true\nclaude_version = "1.2.3"\n`,
    ...Object.fromEntries(
      [
        ["deb", "debian:12"],
        ["alp", "alpine:3.20"],
      ].flatMap(([id, from]) => [
        [`${id}/task.toml`, ""],
        [`${id}/instruction.md`, "Do it.\n"],
        [`${id}/environment/Dockerfile`, `FROM ${from}\n`],
        [`${id}/tests/test.sh`, "#!/bin/sh\n"],
      ]),
    ),
  });
  vi.stubEnv("XDG_CACHE_HOME", join(made.root, "cache"));
  const whole = await made.load();
  const agent = agentDescriptions().find(({ name }) => name === "claude-code");
  if (agent === undefined) throw new Error("there is no such agent");
  const unreachable = createDockerProvider({ DOCKER_HOST: "unix:///nonexistent/docker.sock" });
  const abilities = { ...(await unreachable.abilities()), arch: "x64" as const };
  const locks: PlanLock[] = [];
  for (const ids of choices) {
    const experiment = { ...whole, tasks: whole.tasks.filter(({ id }) => ids.includes(id)) };
    const tasks = await resolveTasks(
      experiment,
      createDatasetSource(() => undefined),
    );
    const planned = await planTreatments(
      experiment,
      tasks,
      abilities,
      () => agent,
      () => undefined,
    );
    const [p] = experiment.profiles;
    if (p === undefined) throw new Error("there is no profile");
    locks.push({
      schema_version: 1,
      slug: "x",
      name: "x",
      regatta_version: "1",
      created_at: ids.join(),
      experiment_file: "/x.toml",
      root: "/",
      run: { cell: { environment: "docker" }, launch: {} },
      overrides: {},
      tasks: Object.fromEntries(tasks.map(({ id, digest }) => [id, { digest }])),
      profiles: { p: { agent: "claude-code", treatment: planned.lockOf(p) } },
      artifact_targets: [],
      trials: [],
    });
  }
  return locks;
}

test("which tasks are chosen changes no cell's definition, though they take programs of different kinds", async () => {
  const [both, deb, alp] = (await locksOf(["deb", "alp"], ["deb"], ["alp"])) as [PlanLock, PlanLock, PlanLock];
  const digest = (lock: PlanLock, task: string): string => definitionDigest(lock, { task, profile: "p" });
  expect(digest(both, "deb")).toBe(digest(deb, "deb"));
  expect(digest(both, "alp")).toBe(digest(alp, "alp"));
  expect(entryForTasks(both.profiles["p"], ["deb"])).not.toEqual(entryForTasks(both.profiles["p"], ["alp"]));
  const rewards: Outcome = { kind: "scored", rewards: { reward: 1 }, endedBy: { kind: "done" } };
  const ran = (task: string, lock: PlanLock) => ({ id: { task, profile: "p", attempt: 1 }, outcome: rewards, lock });
  const trials = ["deb", "alp"].map((task) => ({ task, profile: "p", attempt: 1, trialName: task, refused: null }));
  const goesOn = continuation(both, trials, [ran("deb", deb), ran("alp", alp)]);
  expect([goesOn.conflicts, goesOn.kept]).toEqual([[], 2]);
  expect(lockDrift(both, alp, [["p", "p"]])).toEqual([]);
});
