/** Everything that SECURITY.md lists, tried from inside local sandboxes by hostile agents and hostile tasks. */
import { rm, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  AGENT_ATTACKS,
  agentExperiment,
  expectUnharmed,
  outcomes,
  sourcesOf,
  taskAttacks,
  taskExperiment,
  VICTIM,
} from "../support/hostile.ts";
import { experiment, makeProject, ORACLE, type Project, task } from "../support/project.ts";

const DOCKERFILE = "FROM debian:12\nWORKDIR /app\n";

async function seen(project: Project): Promise<readonly string[]> {
  const home = { XDG_CACHE_HOME: project.path("cache") };
  const shown: string[] = [];
  for (const args of [["run"], ["results"], ["status"], ["analyze"]]) {
    const { stdout, stderr } = await project.regatta([...args, "experiments/x.toml"], home);
    shown.push(stdout, stderr);
  }
  return shown;
}

test("an agent that means harm gets what it worked for, and does none", async () => {
  const project = await makeProject(agentExperiment("local", DOCKERFILE));
  const before = await sourcesOf(project);
  const shown = await seen(project);
  expect(await outcomes(project, "agent_key")).toEqual(
    Object.fromEntries(Object.entries(AGENT_ATTACKS).map(([name, { comesTo }]) => [name, comesTo])),
  );
  await expectUnharmed(project, before, shown);
}, 120_000);

test("a task that means harm is to blame itself, and does none", async () => {
  const project = await makeProject(taskExperiment("local", DOCKERFILE));
  const at = "tasks/leaves-its-folder";
  await symlink(project.path("secrets/victim.txt"), project.path(`${at}/environment/leak`));
  await symlink(project.path("secrets"), project.path(`${at}/environment/leaks`));
  await symlink(project.path("secrets/victim.txt"), project.path(`${at}/tests/leak`));
  await symlink(project.path("secrets"), project.path("tasks/copies-through-a-link/environment/leaks"));
  const before = await sourcesOf(project);
  const shown = await seen(project);
  expect(await outcomes(project, "task_id")).toEqual(
    Object.fromEntries(Object.entries(taskAttacks(DOCKERFILE)).map(([name, { comesTo }]) => [name, comesTo])),
  );
  await expectUnharmed(project, before, shown);
}, 120_000);

test.each(["instruction.md", "tests", "solution", "environment", "environment/Dockerfile", "task.toml"])(
  "a task's %s cannot be a file or folder of this machine",
  async (name) => {
    const project = await makeProject({
      ...task("t"),
      ...experiment(["t"], ORACLE),
      "secrets/file": VICTIM,
      "secrets/folder/test.sh": VICTIM,
    });
    const at = project.path(`tasks/t/${name}`);
    await rm(at, { recursive: true });
    await symlink(project.path(`secrets/${/\./.test(name) || name.endsWith("file") ? "file" : "folder"}`), at);
    const run = await project.regatta(["run", "experiments/x.toml"]);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(new RegExp(`tasks/t/${name} leads to .*/secrets/`));
    expect(run.stdout + run.stderr).not.toContain(VICTIM);
  },
);

test("plan says what a trial reaches and what no limit holds", async () => {
  const project = await makeProject({ ...task("t"), ...experiment(["t"], `${ORACLE}cap_add = ["SYS_PTRACE"]\n`) });
  const { stdout } = await project.regatta(["plan", "experiments/x.toml"]);
  const said = stdout.replaceAll(/\s+/g, " ");
  expect(said).toContain("a task with network shares this machine's");
  expect(said).toContain("oracle: agent oracle, capabilities SYS_PTRACE");
  expect(said).toContain("cap_add is not honoured by local: oracle");
  expect(said).toMatch(/at most 8192 processes in a sandbox|the number of processes in a sandbox is not limited/);
});

test("a capability that would undo the fence is refused where it is written", async () => {
  const project = await makeProject({ ...task("t"), ...experiment(["t"], `${ORACLE}cap_add = ["NET_ADMIN"]\n`) });
  const { code, stderr } = await project.regatta(["plan", "experiments/x.toml"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/x\.toml:\d+:\d+: profiles\.oracle\.cap_add\[0\].*NET_ADMIN.*SYS_PTRACE/s);
});
