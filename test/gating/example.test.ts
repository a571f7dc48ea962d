/** examples/gate as it stands: its suite really run, its workflow's own commands, and compare on what they leave. */
import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { makeProject, type Project } from "../support/project.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** The text of a step's `run: |`. */
async function commandsOf(step: string): Promise<string> {
  const text = await readFile(join(ROOT, "examples/gate/regatta-gate.yml"), "utf8");
  const from = text.slice(text.indexOf(`- name: ${step}\n`));
  const lines = from.slice(from.indexOf("run: |\n") + 7).split("\n");
  const end = lines.findIndex((line) => line !== "" && !line.startsWith("          "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(10))
    .join("\n");
}

async function repository(): Promise<Project> {
  const project = await makeProject({
    "bin/regatta": `#!/bin/sh\nexec ${process.execPath} ${join(ROOT, "dist/cli.mjs")} "$@"\n`,
  });
  await cp(join(ROOT, "examples/gate"), project.path("gate"), {
    recursive: true,
    filter: (path) => !path.includes("/results"),
  });
  await cp(join(ROOT, "examples/demo/tasks"), project.path("demo/tasks"), { recursive: true });
  return project;
}

/** As GitHub's runner runs it. */
async function step(
  project: Project,
  name: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", await commandsOf(name)], {
    cwd: project.path("gate"),
    env: {
      PATH: `${project.path("bin")}:${process.env["PATH"] ?? ""}`,
      HOME: process.env["HOME"] ?? "/",
      XDG_STATE_HOME: project.path(".state"),
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
      GITHUB_ACTIONS: "true",
      GITHUB_STEP_SUMMARY: project.path("summary.md"),
      SUITE: "experiments/suite.toml",
      WHEN_INCONCLUSIVE: "block",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  return new Promise((done, failed) => child.on("error", failed).on("close", (code) => done({ code, output })));
}

test("baseline, no change, one page lost, all of them lost", { timeout: 120_000 }, async () => {
  const project = await repository();
  expect(await step(project, "gate")).toMatchObject({
    code: 0,
    output: expect.stringContaining("there is no baseline yet"),
  });
  expect((await step(project, "suite")).code).toBe(0);
  expect((await step(project, "make the baseline")).code).toBe(0);

  expect((await step(project, "suite")).code).toBe(0);
  const same = await step(project, "gate");
  expect(same).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^::notice title=regatta gate%3A B%3Aagent not worse/m),
  });

  const playbook = project.path("gate/clerk/playbook");
  await rm(join(playbook, "sort.sh"));
  expect((await step(project, "suite")).code).toBe(0);
  expect((await step(project, "gate")).code).toBe(3);

  for (const page of await readdir(playbook)) await writeFile(join(playbook, page), "# when: never\n");
  expect((await step(project, "suite")).code).toBe(0);
  const worse = await step(project, "gate");
  expect(worse.code).toBe(1);
  expect(worse.output).toContain("A = baseline, 12 trials");
  expect(worse.output).toContain("profile: profiles.agent.inputs.files:/installed-agent/playbook: ");
  const summary = await project.read("summary.md");
  expect(summary.match(/^## .*$/gm)).toEqual([
    "## ✅ Not worse: suite/1 against baseline",
    "## ❔ Inconclusive: suite/2 against baseline",
    "## ❌ Worse: suite/3 against baseline",
  ]);
  expect(await project.read("gate/gate.xml")).toContain('failures="1"');

  const compare = await project.regatta(["compare", "gate/baseline", "gate/results/suite/3", "--json"]);
  expect(compare.code).toBe(0);
  expect(JSON.parse(compare.stdout)).toMatchObject({
    drift: [{ about: "profile" }],
    historical_control: expect.stringContaining("is a historical control"),
    comparisons: { pairs: [{ a: "A:agent", b: "B:agent", tasks: 6, losses: 6 }] },
  });
  const shown = await project.regatta(["compare", "gate/baseline", "gate/results/suite/1"]);
  expect(shown.stdout.indexOf("drift")).toBeLessThan(shown.stdout.indexOf("B:agent is"));
  expect(shown.stdout).toContain("Warning: A (gate/baseline) is a historical control");
});
