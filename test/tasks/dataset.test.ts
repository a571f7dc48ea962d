import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Experiment, TaskRef } from "../../src/contract/experiment.ts";
import type { DatasetSource } from "../../src/contract/dataset-source.ts";
import { UserError } from "../../src/contract/failure.ts";
import { findTasks, resolveTasks } from "../../src/tasks/dataset.ts";
import { bareRun } from "../support/bare.ts";
import { scratchFolder, SMALLEST, writeFiles } from "./task-folder.ts";

const RUN = bareRun("/none");

/** No network and nothing kept. */
const UNREACHABLE: DatasetSource = {
  registry: () => Promise.reject(new UserError("the public registry cannot be had: no network")),
  tasks: (wanted) => Promise.resolve(wanted.map(({ path }) => new UserError(`${path} cannot be fetched: no network`))),
};

type Ref = readonly [id: string, from: { readonly dataset: string } | { readonly path: string }];

function experiment(root: string, refs: readonly Ref[], registry: string | null = null): Experiment {
  return {
    slug: "s",
    name: "s",
    file: join(root, "experiments/s.toml"),
    root,
    source: "",
    run: { ...RUN, registry },
    tasks: refs.map(([id, from], index): TaskRef => ({ id, dataset: null, path: null, ...from, line: 10 + index })),
    profiles: [],
    artifactTargets: [],
    mcpAliases: {},
    mcp: {},
    analysis: { control: null, margin: 0.05, alpha: 0.05, rewardKey: "reward", successAt: 1 },
    gateway: { mode: "on", prices: {} },
    budget: { maxCostUsd: null, perTrialUsd: null, perProfileUsd: null, maxTokens: null, perTrialTokens: null },
    origins: {},
  };
}

function tasksUnder(folder: string, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => Object.entries(SMALLEST).map(([path, text]) => [`${folder}/${name}/${path}`, text])),
  );
}

async function found(root: string, refs: readonly Ref[], registry: string | null = null) {
  const tasks = await resolveTasks(experiment(root, refs, registry), UNREACHABLE);
  return tasks.map(({ id, source, dir }) => [id, source, dir.replace(`${root}/`, "")]);
}

async function problemsOf(root: string, refs: readonly Ref[], registry: string | null = null): Promise<string[]> {
  const { problems } = await findTasks(experiment(root, refs, registry), UNREACHABLE);
  return problems
    .flatMap(({ line, message, lines }) => [`${line}: ${message}`, ...lines])
    .map((each) => each.replaceAll(root, "…"));
}

describe("where tasks are found", () => {
  test("by path, in an absolute folder, in a folder under the root, in the experiment's order", async () => {
    const root = await writeFiles(await scratchFolder(), {
      ...tasksUnder("one", "x"),
      ...tasksUnder("sets/mine", "a", "b"),
      ...tasksUnder("by-name", "c"),
    });
    const refs: Ref[] = [
      ["b", { dataset: join(root, "sets/mine") }],
      ["other-id", { path: join(root, "one/x") }],
      ["a", { dataset: join(root, "sets/mine") }],
      ["c", { dataset: "by-name" }],
    ];
    expect(await found(root, refs)).toEqual([
      ["b", "mine", "sets/mine/b"],
      ["other-id", null, "one/x"],
      ["a", "mine", "sets/mine/a"],
      ["c", "by-name", "by-name/c"],
    ]);
  });

  test("in a registry file: beside it, under the root; by version, head, or the highest", async () => {
    const dataset = (name: string, version: string, path: string) => ({
      name,
      version,
      description: "",
      tasks: [{ name: "t", path }],
    });
    const registry = [
      dataset("near", "1.0", "here/t"),
      dataset("far", "1.9", "sets/old"),
      dataset("far", "1.10", "sets/new"),
      dataset("far", "rolling", "sets/odd"),
      dataset("headed", "head", "sets/new"),
      dataset("headed", "2.0", "sets/old"),
    ];
    const root = await writeFiles(await scratchFolder(), {
      ...tasksUnder("registries/here", "t"),
      ...tasksUnder("sets", "old", "new", "odd"),
      "registries/r.json": JSON.stringify(registry),
    });
    const file = join(root, "registries/r.json");
    const one = async (name: string) => (await found(root, [["t", { dataset: name }]], file))[0];
    expect(await one("near@1.0")).toEqual(["t", "near", "registries/here/t"]);
    expect(await one("far@1.9")).toEqual(["t", "far", "sets/old"]);
    expect(await one("far")).toEqual(["t", "far", "sets/new"]);
    expect(await one("headed")).toEqual(["t", "headed", "sets/new"]);
  });

  test("a dataset that the registry has is not looked for in a folder of that name", async () => {
    const root = await writeFiles(await scratchFolder(), {
      ...tasksUnder("set@1", "t"),
      ...tasksUnder("real", "t"),
      "r.json": JSON.stringify([{ name: "set", version: "1", tasks: [{ name: "t", path: "real/t" }] }]),
    });
    expect(await found(root, [["t", { dataset: "set@1" }]], join(root, "r.json"))).toEqual([["t", "set", "real/t"]]);
    expect(await found(root, [["t", { dataset: "set@1" }]])).toEqual([["t", "set@1", "set@1/t"]]);
  });
});

describe("what cannot be found", () => {
  test("each problem with its line, all at once, and the tasks that can be used", async () => {
    const root = await writeFiles(await scratchFolder(), {
      ...tasksUnder("set", "hello-world", "fix-git"),
      "set/not-a-task/x": "",
      "set/broken/task.toml": "agent = 1",
    });
    const refs: Ref[] = [
      ["hello-wrold", { dataset: "set" }],
      ["fix-git", { dataset: "set" }],
      ["nothing-like-it", { dataset: "set" }],
      ["not-a-task", { dataset: "set" }],
      ["broken", { dataset: "set" }],
      ["far", { dataset: "terminal-bench@2.0" }],
      ["gone", { path: join(root, "gone") }],
    ];
    expect(await problemsOf(root, refs)).toEqual([
      '10: task "hello-wrold": there is no such task in the folder …/set (did you mean "hello-world"?)',
      '12: task "nothing-like-it": there is no such task in the folder …/set; its tasks: broken, fix-git, hello-world',
      '13: task "not-a-task": …/set/not-a-task: there is no task.toml, so this is not a task directory',
      '14: task "broken": …/set/broken/task.toml has 1 problem:',
      "…/set/broken/task.toml:1:9: agent: found 1, expected a table [agent]",
      '15: task "far": dataset "terminal-bench@2.0": the public registry cannot be had: no network',
      '16: task "gone": …/gone: no such directory',
    ]);
    const { tasks } = await findTasks(experiment(root, refs), UNREACHABLE);
    expect(tasks.map((task) => task.id)).toEqual(["fix-git"]);
  });

  test("thrown as one error that names the experiment file", async () => {
    const root = await scratchFolder();
    const work = resolveTasks(experiment(root, [["a", { path: join(root, "a") }]]), UNREACHABLE);
    await expect(work).rejects.toThrow(UserError);
    await expect(work).rejects.toMatchObject({
      message: `${root}/experiments/s.toml: 1 task cannot be used:`,
      lines: [`${root}/experiments/s.toml:10: task "a": ${root}/a: no such directory`],
    });
  });

  test("in a registry: dataset, version, task, git, files", async () => {
    const tasks = [
      { name: "fix-git", path: "nowhere/fix-git" },
      { name: "remote", path: "tasks/remote", git_url: "https://user:token@example.org/r.git", git_commit_id: "abc" },
    ];
    const root = await writeFiles(await scratchFolder(), {
      "r.json": JSON.stringify([{ name: "bench", version: "2.0", tasks }]),
    });
    const refs: Ref[] = [
      ["x", { dataset: "bnech@2.0" }],
      ["x2", { dataset: "unlike" }],
      ["y", { dataset: "bench@3" }],
      ["fix-gti", { dataset: "bench@2.0" }],
      ["remote", { dataset: "bench" }],
      ["fix-git", { dataset: "bench" }],
    ];
    expect(await problemsOf(root, refs, join(root, "r.json"))).toEqual([
      '10: task "x": there is no dataset "bnech@2.0" in …/r.json (did you mean "bench"?)',
      '11: task "x2": there is no dataset "unlike" in …/r.json; its datasets: bench@2.0',
      '12: task "y": …/r.json has no version "3" of bench; its versions: 2.0',
      '13: task "fix-gti": there is no such task in bench@2.0 of …/r.json (did you mean "fix-git"?)',
      '14: task "remote": tasks/remote cannot be fetched: no network',
      '15: task "fix-git": …/nowhere/fix-git: no such directory',
    ]);
  });

  test.each([
    [null, "…/r.json: there is no such dataset registry (run.registry)"],
    ["{", expect.stringMatching(/^10: task "t": …\/r\.json: the dataset registry is not valid JSON: /)],
    ["{}", "…/r.json: found no array, expected an array of datasets"],
  ])("a registry of %j", async (text, message) => {
    const root = await writeFiles(await scratchFolder(), text === null ? {} : { "r.json": text });
    const expected: unknown = typeof message === "string" ? `10: task "t": ${message}` : message;
    expect(await problemsOf(root, [["t", { dataset: "d@1" }]], join(root, "r.json"))).toEqual([expected]);
  });

  test("a registry with wrong entries names each", async () => {
    const root = await writeFiles(await scratchFolder(), {
      "r.json": JSON.stringify([{ name: "d", version: "1", tasks: [{ name: "t", git_url: 5 }, "x"] }, 7]),
    });
    expect(await problemsOf(root, [["t", { dataset: "d@1" }]], join(root, "r.json"))).toEqual([
      '10: task "t": …/r.json is not a dataset registry:',
      "[0].tasks[0].git_url: expected text",
      "[0].tasks[0].path: expected text that is not empty",
      "[0].tasks[1].name: expected text that is not empty",
      "[0].tasks[1].path: expected text that is not empty",
      "[1].tasks: expected an array of tasks",
      "[1].name: expected text that is not empty",
      "[1].version: expected text that is not empty",
    ]);
  });

  test("a registry at a URL", async () => {
    const root = await scratchFolder();
    expect(await problemsOf(root, [["t", { dataset: "d@1" }]], "https://example.org/r.json")).toEqual([
      '10: task "t": dataset "d@1": the public registry cannot be had: no network',
    ]);
  });
});
