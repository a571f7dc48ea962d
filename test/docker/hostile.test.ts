/** Everything that SECURITY.md lists, tried from inside containers by hostile agents and hostile tasks. */
import { symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  AGENT_ATTACKS,
  agentExperiment,
  expectUnharmed,
  outcomes,
  sourcesOf,
  taskAttacks,
  taskExperiment,
} from "../support/hostile.ts";
import { makeProject, type Project } from "../support/project.ts";
import { BASE_IMAGE } from "./base-image.ts";

const DOCKERFILE = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;

async function seen(project: Project): Promise<readonly string[]> {
  const env = { XDG_CACHE_HOME: project.path("cache"), DOCKER_HOST: process.env["DOCKER_HOST"] ?? "" };
  const shown: string[] = [];
  for (const args of [["run"], ["results"], ["status"], ["analyze"]]) {
    const { stdout, stderr } = await project.regatta([...args, "experiments/x.toml"], env);
    shown.push(stdout, stderr);
  }
  return shown;
}

test("an agent that means harm gets what it worked for, and does none", async () => {
  const project = await makeProject(agentExperiment("docker", DOCKERFILE));
  const before = await sourcesOf(project);
  const shown = await seen(project);
  expect(await outcomes(project, "agent_key")).toEqual(
    Object.fromEntries(Object.entries(AGENT_ATTACKS).map(([name, { comesTo }]) => [name, comesTo])),
  );
  await expectUnharmed(project, before, shown);
}, 400_000);

test("a task that means harm is to blame itself, and does none", async () => {
  const project = await makeProject(taskExperiment("docker", DOCKERFILE));
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
}, 400_000);
