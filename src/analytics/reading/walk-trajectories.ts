/** Every step of a trial's trajectories, in order: of several files where it was continued, or had several steps of its own. */
import { isRecord } from "../../base/is-record.ts";
import { strangeVersion, versionProblem } from "../trajectory/atif-version.ts";
import type { TrajectoryFold } from "../trajectory/trajectory.ts";
import { RESULT } from "../../records/trial-directory.ts";
import { TrialInputs } from "./trial-inputs.ts";

export interface WalkProblem {
  readonly why: string;
  /** There is a file, and it cannot be used. */
  readonly damaged: boolean;
}

export interface StepsRead {
  /** Why there are none, or not all of them; null = all were read. */
  readonly problem: string | null;
  /** Of ATIF, that came after this program: read as those it knows. */
  readonly strangeVersions: readonly string[];
}

/** Steps of a trial that was read before, for those who look at them again. */
export function readSteps(dir: string, each: (step: unknown) => void): StepsRead {
  const inputs = new TrialInputs(dir);
  const result = inputs.json(RESULT, { members: { step_results: "keep" }, others: "skip" });
  const value = result.state === "ok" && isRecord(result.value) ? result.value : {};
  const versions = new Set<string>();
  const endFile = (root: unknown): string | null => {
    if (!isRecord(root)) return "is not an object";
    const version = strangeVersion(root);
    if (version !== null) versions.add(version);
    return versionProblem(root);
  };
  const found = walkTrajectories(inputs, stepFolders(inputs, value), inputs.list("agent"), { step: each, endFile });
  return { problem: found?.why ?? null, strangeVersions: [...versions] };
}

/** @param agentNames of the files in the trial's own agent/ */
export function walkTrajectories(
  inputs: TrialInputs,
  folders: readonly string[],
  agentNames: readonly string[],
  to: Pick<TrajectoryFold, "step" | "endFile"> & Partial<Pick<TrajectoryFold, "subagent">>,
): WalkProblem | null {
  let found = 0;
  for (const folder of folders) {
    const names = folder === "" ? agentNames : inputs.list(`${folder}agent`);
    for (const path of trajectoryFiles(names, folder)) {
      let streamed = false;
      const each = (step: unknown): void => {
        streamed = true;
        to.step(step);
      };
      const file = inputs.json(path, {
        members: {
          steps: { each },
          subagent_trajectories: to.subagent === undefined ? "skip" : { each: to.subagent },
          final_metrics: "keep",
          schema_version: "keep",
        },
        others: "skip",
      });
      if (file.state === "missing") continue;
      if (file.state === "bad") return { why: `${path} ${file.why}`, damaged: true };
      const { value } = file;
      if (!streamed && isRecord(value) && Array.isArray(value["steps"]))
        for (const step of value["steps"]) to.step(step);
      else if (!streamed) return { why: `${path} has no steps`, damaged: true };
      // Of a file that was read in pieces their number stands there alone.
      if (isRecord(value) && Array.isArray(value["subagent_trajectories"]))
        for (const embedded of value["subagent_trajectories"]) to.subagent?.(embedded);
      const problem = to.endFile(value);
      if (problem !== null) return { why: `${path} ${problem}`, damaged: true };
      found += 1;
    }
  }
  return found === 0 ? { why: "there is no agent/trajectory.json", damaged: false } : null;
}

/** Folders of a trial with several steps, in the order they ran; the trial's own is the first. */
export function stepFolders(inputs: TrialInputs, result: Record<string, unknown>): string[] {
  const steps = result["step_results"];
  if (!Array.isArray(steps)) return [""];
  const names = steps.flatMap((step: unknown) =>
    isRecord(step) && typeof step["step_name"] === "string" ? [step["step_name"]] : [],
  );
  return ["", ...names.filter((name) => !/[/\\]|^\.\.?$/.test(name)).map((name) => `steps/${name}/`)];
}

/** The trajectory, and what continues it after a compaction: `trajectory.cont-1.json`, … */
function trajectoryFiles(names: readonly string[], folder: string): string[] {
  const continued = names
    .flatMap((name) => {
      const number = /^trajectory\.cont-(\d+)\.json$/.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .sort((a, b) => a.number - b.number);
  const first = names.includes("trajectory.json") ? ["trajectory.json"] : [];
  return [...first, ...continued.map(({ name }) => name)].map((name) => `${folder}agent/${name}`);
}
