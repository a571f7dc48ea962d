/** Everything that SECURITY.md lists, tried from inside the sandboxes of an environment by hostile agents and hostile tasks. */
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
} from "./hostile.ts";
import { makeProject, type Project } from "./project.ts";

export interface HostileBed {
  readonly environment: "local" | "docker";
  readonly dockerfile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly limitMs: number;
}

/** What a person sees of it, by all commands that show anything. */
async function seen(project: Project, { env }: HostileBed): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const args of [["run"], ["results"], ["status"], ["analyze"]]) {
    const { stdout, stderr } = await project.regatta([...args, "experiments/x.toml"], {
      ...env,
      XDG_CACHE_HOME: project.path("cache"),
    });
    shown.push(stdout, stderr);
  }
  return shown;
}

export function hostileTests(bed: HostileBed): void {
  test(
    "an agent that means harm gets what it worked for, and does none",
    async () => {
      const project = await makeProject(agentExperiment(bed.environment, bed.dockerfile));
      const before = await sourcesOf(project);
      const shown = await seen(project, bed);
      expect(await outcomes(project, "agent_key")).toEqual(
        Object.fromEntries(Object.entries(AGENT_ATTACKS).map(([name, { comesTo }]) => [name, comesTo])),
      );
      await expectUnharmed(project, before, shown);
    },
    bed.limitMs,
  );

  test(
    "a task that means harm is to blame itself, and does none",
    async () => {
      const project = await makeProject(taskExperiment(bed.environment, bed.dockerfile));
      const at = "tasks/leaves-its-folder";
      await symlink(project.path("secrets/victim.txt"), project.path(`${at}/environment/leak`));
      await symlink(project.path("secrets"), project.path(`${at}/environment/leaks`));
      await symlink(project.path("secrets/victim.txt"), project.path(`${at}/tests/leak`));
      await symlink(project.path("secrets"), project.path("tasks/copies-through-a-link/environment/leaks"));
      const before = await sourcesOf(project);
      const shown = await seen(project, bed);
      expect(await outcomes(project, "task_id")).toEqual(
        Object.fromEntries(Object.entries(taskAttacks(bed.dockerfile)).map(([name, { comesTo }]) => [name, comesTo])),
      );
      await expectUnharmed(project, before, shown);
    },
    bed.limitMs,
  );
}
