/** A shell that allows few open files or processes: a person is told so, whatever the command had come to. */
import { expect, test } from "vitest";
import { whyNoSandbox } from "../../src/environments/local/probe-problem.ts";
import { experiment, makeProject, ORACLE, startProgram, task } from "../support/project.ts";

const COMMANDS = ["run experiments/x.toml", "plan experiments/x.toml", "results", "status", "gc", "doctor", "--help"];

test.each([24, 30, 40, 64])("with %i open files every command works, or says what to do", async (files) => {
  const project = await makeProject({ ...task("t"), ...experiment(["t"], ORACLE) });
  const shell = ["sh", "-c", `ulimit -n ${files}; exec "$@"`, "sh"];
  const all = await Promise.all(COMMANDS.map((words) => startProgram(project.dir, words.split(" "), {}, shell).ended));
  for (const [at, { code, stdout, stderr }] of all.entries()) {
    const said = `${COMMANDS[at]}: ${code}\n${stdout}${stderr}`;
    expect(said).not.toMatch(/node:internal|^ {4}at |internal error/m);
    if (code !== 0 && /open files|cannot be loaded/.test(stderr)) expect(said).toMatch(/ulimit -n \d/);
  }
  const [run] = all;
  expect([1, 2]).toContain(run?.code);
  expect(run?.stderr).toMatch(/(open.*files|files.*open)[\s\S]*ulimit -n \d/);
});

test.each([
  ["the sandbox did not start: spawn /usr/bin/unshare EAGAIN", "ulimit -u"],
  ["the sandbox did not start: unshare: fork failed: Resource temporarily unavailable", "ulimit -u"],
  ["spawn /usr/bin/unshare EMFILE", "ulimit -n"],
  ["unshare: unshare failed: Operation not permitted", "user namespaces"],
])("a sandbox that did not start: %s", (message, advice) => {
  expect(whyNoSandbox(message, { privileged: false })).toEqual([message, expect.stringContaining(advice)]);
});
