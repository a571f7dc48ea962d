/** Attacks from inside local sandboxes, and tasks that lead to files of this machine. */
import { rm, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { VICTIM } from "../support/hostile.ts";
import { hostileTests } from "../support/hostile-tests.ts";
import { experiment, makeProject, ORACLE, task } from "../support/project.ts";

hostileTests({ environment: "local", dockerfile: "FROM debian:12\nWORKDIR /app\n", env: {}, limitMs: 120_000 });

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
