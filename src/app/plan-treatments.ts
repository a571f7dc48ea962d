/** Plans the treatments of all profiles that have any. */
import type { AgentDescription } from "../agents/agent.ts";
import type { Experiment, Profile } from "../contract/experiment.ts";
import type { Task } from "../contract/task.ts";
import type { Libc } from "../contract/toolchain.ts";
import type { Abilities } from "../environments/environment.ts";
import { createToolchains } from "../toolchains/toolchains.ts";
import { libcOf, platformFor } from "./platform.ts";
import { NOTHING_BUILT, type PlannedTreatments } from "./planned-treatments.ts";
import {
  type BuiltTreatment,
  buildTreatment,
  type PlannedTreatment,
  planTreatment,
  treatmentLines,
  treatmentLock,
} from "./treatments.ts";

export async function planTreatments(
  experiment: Experiment,
  tasks: readonly Task[],
  abilities: Abilities,
  agentOf: (profile: Profile) => AgentDescription,
  say: (line: string) => void,
): Promise<PlannedTreatments> {
  const toolchains = createToolchains({ say });
  const libcs = new Map<string, Libc>();
  for (const task of tasks) libcs.set(task.id, await libcOf(task, abilities.honoursDockerImage));
  const tasksOf = (libc: Libc): readonly string[] =>
    [...libcs].flatMap(([task, each]) => (each === libc ? [task] : []));
  const planned = new Map<string, PlannedTreatment>();
  for (const profile of experiment.profiles) {
    const agent = agentOf(profile);
    if (agent.toolchain === null) continue;
    for (const libc of new Set(libcs.values())) {
      const platform = platformFor(abilities, libc);
      planned.set(`${profile.key}\0${libc}`, await planTreatment(profile, experiment, agent, platform, toolchains));
    }
  }
  const ofProfile = ({ key }: Profile): readonly (readonly [Libc, PlannedTreatment])[] =>
    [...new Set(libcs.values())].toSorted().flatMap((libc) => {
      const treatment = planned.get(`${key}\0${libc}`);
      return treatment === undefined ? [] : [[libc, treatment] as const];
    });
  return {
    notes: [...new Set([...planned.values()].flatMap(({ notes }) => notes))],
    lockOf(profile) {
      const own = ofProfile(profile);
      const [first] = own;
      if (first === undefined) return null;
      if (own.length === 1) return treatmentLock(first[1]);
      // With their tasks, so that a cell's definition is its own, whichever tasks are chosen beside it.
      return {
        by_platform: own.map(([libc, treatment]) => ({ libc, tasks: tasksOf(libc), ...treatmentLock(treatment) })),
      };
    },
    linesOf: (profile) => {
      const [first] = ofProfile(profile);
      return first === undefined ? [] : treatmentLines(first[1]);
    },
    async build(settings) {
      const built = new Map<string, BuiltTreatment>();
      for (const [at, treatment] of planned) built.set(at, await buildTreatment(treatment, toolchains, settings));
      return (profile, task) => built.get(`${profile.key}\0${libcs.get(task.id) ?? "glibc"}`) ?? NOTHING_BUILT;
    },
  };
}
