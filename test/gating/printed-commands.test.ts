/** `regatta diff` commands as a report prints them: they work where it says that they do. */
import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { partedJobs } from "../analytics/report-of.ts";
import { type Ended, makeProject, type Project, startProgram } from "../support/project.ts";

async function projectWith(dir: string): Promise<Project> {
  const files = Object.entries(partedJobs()).map(([name, content]) => [
    // Names of trials are different within a batch.
    `${dir}/${name.replace(/^tools\/([^/]*)/, "tools/$1b")}`,
    typeof content === "string" ? content : JSON.stringify(content),
  ]);
  return makeProject(Object.fromEntries(files) as Record<string, string>);
}

function inFolder(project: Project, folder: string, args: readonly string[]): Promise<Ended> {
  return startProgram(project.path(folder), args, {}).ended;
}

function words(command: string): readonly string[] {
  const printed = execFileSync("sh", ["-c", command.replace(/^regatta /, "printf '%s\\n' ")], { encoding: "utf8" });
  return printed.trimEnd().split("\n");
}

async function printedIn(project: Project): Promise<{ readonly where: string; readonly command: string }> {
  const page = await project.read("report/report.html");
  const where = /Commands are to be run ([^.]*)\./.exec(page)?.[1] ?? "";
  const command = /<code class="command">(regatta diff [^<]*)<\/code>/.exec(page)?.[1] ?? "";
  return { where: where.replaceAll(/\s+/g, " ").replaceAll("&#39;", "'"), command };
}

test("of jobs below the folder where analyze was run: there", async () => {
  const project = await projectWith("their/jobs");
  expect((await project.regatta(["analyze", "--runs", "their/jobs", "--output", "report"])).code).toBe(0);
  const { where, command } = await printedIn(project);
  expect(where).toBe("in the folder where analyze was run");
  const ended = await project.regatta(words(command));
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
});

test("of jobs elsewhere: in their folder, and the report tells nothing of the way there", async () => {
  const project = await projectWith("secret-name/jobs");
  await mkdir(project.path("work"));
  const analyzed = await inFolder(project, "work", [
    "analyze",
    "--runs",
    "../secret-name/jobs",
    "--output",
    "../report",
  ]);
  expect([analyzed.code, analyzed.stderr]).toEqual([0, ""]);
  const { where, command } = await printedIn(project);
  expect(where).toBe("in the folder that was read, jobs");
  expect(await project.read("report/report.html")).not.toContain(project.dir);
  const ended = await inFolder(project, "secret-name/jobs", words(command));
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
});

test("of a batch: in the project's folder; elsewhere the error says so, and does not take a path for a batch", async () => {
  const project = await projectWith("results/demo/3/runs");
  expect((await project.regatta(["analyze", "demo/3", "--output", "report"])).code).toBe(0);
  const { where, command } = await printedIn(project);
  expect(where).toBe("in the project's folder, which holds results/");
  expect((await project.regatta(words(command))).code).toBe(0);
  await mkdir(project.path("below"));
  const named = await inFolder(project, "below", words(command));
  expect([named.code, named.stdout]).toEqual([2, ""]);
  expect(named.stderr).toMatch(/There is no trial "demo\/3\/.*": no such directory here, and no batch "demo\/3"/);
  expect(named.stderr).toContain("in the project's folder, which holds results/");
  const path = await inFolder(project, "below", ["diff", "./plain/x__1", "./tools/x__1"]);
  expect([path.code, path.stdout]).toEqual([2, ""]);
  expect(path.stderr).toContain("There is no directory ./plain/x__1.");
  expect(path.stderr).not.toContain("batch");
});
