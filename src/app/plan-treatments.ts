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
  const planned = new Map<string, PlannedTreatment>();
  for (const profile of experiment.profiles) {
    const agent = agentOf(profile);
    if (agent.toolchain === null) continue;
    for (const libc of new Set(libcs.values())) {
      const platform = platformFor(abilities, libc);
      planned.set(`${profile.key}\0${libc}`, await planTreatment(profile, experiment, agent, platform, toolchains));
    }
  }
  const ofProfile = ({ key }: Profile): readonly PlannedTreatment[] =>
    [...planned].flatMap(([at, treatment]) => (at.startsWith(`${key}\0`) ? [treatment] : []));
  return {
    notes: [...new Set([...planned.values()].flatMap(({ notes }) => notes))],
    lockOf(profile) {
      const own = ofProfile(profile);
      const [first] = own;
      if (first === undefined) return null;
      return own.length === 1 ? treatmentLock(first) : { by_platform: own.map(treatmentLock) };
    },
    linesOf: (profile) => {
      const [first] = ofProfile(profile);
      return first === undefined ? [] : treatmentLines(first);
    },
    async build(settings) {
      const built = new Map<string, BuiltTreatment>();
      for (const [at, treatment] of planned) built.set(at, await buildTreatment(treatment, toolchains, settings));
      return (profile, task) => built.get(`${profile.key}\0${libcs.get(task.id) ?? "glibc"}`) ?? NOTHING_BUILT;
    },
  };
}
