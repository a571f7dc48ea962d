/**
 * One trial directory, ours or any Harbor's → a Trial, or why it is none.
 *
 * The task is what result.json says, never what the directory is called: Harbor cuts names at 32 characters.
 */
import { posix } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { type Outcome, rewardOf, type Rewards } from "../../contract/outcome.ts";
import type { TrialId } from "../../contract/plan.ts";
import type { RanImage } from "../../contract/ran-image.ts";
import type { RewardRule } from "../../contract/reward-rule.ts";
import type { TreatmentSeen } from "../../contract/treatment.ts";
import type { TrialRecord } from "../../contract/trial-record.ts";
import { readHarborResult } from "../../records/harbor-result.ts";
import { EXTRAS, EXTRAS_FILE, RESULT } from "../../records/trial-directory.ts";
import { asRanImage } from "../../records/ran-image.ts";
import { asTrialExtras } from "../../records/trial-extras.ts";
import { asNoise } from "../../records/noise.ts";
import { asTreatmentSeen } from "../../records/treatment-seen.ts";
import { canvasState } from "../canvas-state.ts";
import { type Known, notComputed } from "../known.ts";
import { versionNote } from "../trajectory/atif-version.ts";
import { TELLS_NOTHING, tellsNothing, type Trajectory, trajectoryFold } from "../trajectory/trajectory.ts";
import { type Agent, isMissing, type Missing, type TestCounts, type Trial } from "../trial.ts";
import { agentOf, configurationOf } from "./agent-of.ts";
import { secondsOf } from "./seconds.ts";
import { addUp, testCounts } from "./test-counts.ts";
import { stepFolders, walkTrajectories } from "./walk-trajectories.ts";
import { resultFault } from "./result-fault.ts";
import type { Shape } from "./json-scanner.ts";
import type { TrialInputs } from "./trial-inputs.ts";
import { usageOf } from "./usage.ts";

/** What a trial says of itself, apart from what metrics compute. */
export interface TrialFacts {
  /** Of our own trials: which cell it is. Null for any other's, whose attempt follows from the trials beside it. */
  readonly own: TrialId | null;
  readonly uuid: string;
  readonly trialName: string;
  readonly task: string;
  /** Null when it does not say. */
  readonly taskChecksum: string | null;
  /** Harbor's dataset name; null = none. */
  readonly source: string | null;
  readonly agent: Agent;
  readonly configuration: string | null;
  readonly outcome: Outcome;
  readonly exceptionType: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** As Harbor counts: its result.json's rewards; null without a verdict. */
  readonly harborRewards: Readonly<Record<string, number | null>> | null;
  /** Of a trial whose treatment was missing: what the tests said all the same. Null = nothing, or it was treated. */
  readonly assigned: { readonly reward: number; readonly success: boolean } | null;
  /** What the run shows of its profile; null = nothing, as of any trial that is not ours. */
  readonly treatment: TreatmentSeen | null;
  /** The model's name without its provider, as in the keys of a job's result.json. */
  readonly harborModel: string | null;
  /** What its sandbox was made from; null = not recorded, or nothing of the kind. */
  readonly image: RanImage | null;
  /** Of a trial of ours: what its result.json says otherwise than its record, or that it is damaged; null = nothing. */
  readonly resultFault: string | null;
  readonly remarks: readonly string[];
}

export type TrialReading =
  | { readonly facts: TrialFacts; readonly trial: Trial }
  /** `unfinished` = there is no result.json. */
  | { readonly leftOut: string; readonly unfinished: boolean };

/** Token ids and logprobs of every message: gigabytes in training runs, and nothing that is looked at here. */
const RESULT_SHAPE: Shape = {
  members: { agent_result: { members: { rollout_details: "skip" }, others: "keep" } },
  others: "keep",
};

export function readTrial(inputs: TrialInputs, rule: RewardRule): TrialReading {
  const extras = inputs.jsonIfThere(`${EXTRAS}/${EXTRAS_FILE}`);
  const own = extras.state === "ok" ? asTrialExtras(extras.value) : null;
  const file = inputs.json(RESULT, RESULT_SHAPE);
  const result = file.state === "ok" && isRecord(file.value) ? file.value : null;
  const remarks: string[] = [];
  if (own === null && extras.state !== "missing") remarks.push(`${EXTRAS}/${EXTRAS_FILE} is damaged: not used`);
  if (own !== null && file.state !== "missing") {
    const fault = resultFault(file, own.record);
    if (fault !== null) remarks.push(`${RESULT} ${fault}: read from ${EXTRAS}/${EXTRAS_FILE}`);
    return trialOf(inputs, own.record, result ?? {}, own.record.id, { remarks, rule, fault });
  }
  if (file.state === "missing") return { leftOut: `no ${RESULT}: it never finished`, unfinished: true };
  if (file.state === "bad") return { leftOut: `${RESULT} ${file.why}`, unfinished: false };
  const harbor = readHarborResult(withTaskName(file.value));
  if ("problem" in harbor) return { leftOut: `${RESULT} is no trial's: ${harbor.problem}`, unfinished: false };
  const record = harbor.toRecord({ task: harbor.taskName, profile: "", attempt: 1 });
  return trialOf(inputs, record, result ?? {}, null, { remarks, rule, fault: null });
}

function trialOf(
  inputs: TrialInputs,
  record: TrialRecord,
  result: Record<string, unknown>,
  own: TrialId | null,
  { remarks, rule, fault }: { readonly remarks: string[]; readonly rule: RewardRule; readonly fault: string | null },
): TrialReading {
  const { outcome } = record;
  const steps = stepFolders(inputs, result);
  const agentNames = inputs.list("agent");
  const trajectory = readTrajectory(inputs, steps, agentNames, remarks);
  const tests = readTests(inputs, steps, remarks);
  const { usage, remark } = usageOf(trajectory, record.usage, record.agent.model !== null);
  if (remark !== null) remarks.push(remark);
  if (!isMissing(trajectory) && tellsNothing(trajectory))
    remarks.push(`${TELLS_NOTHING}: metrics over its steps are not computed`);
  const reward = rewardKnown(outcome, rule);
  const treatment = asTreatmentSeen(record.treatment);
  const noise = asNoise(record.noise);
  if (noise !== null && noise.doubt !== null) remarks.push(noise.doubt);
  const exception = isRecord(result["exception_info"]) ? result["exception_info"]["exception_type"] : null;
  const exceptionType = typeof exception === "string" ? exception : null;
  const trial: Trial = {
    outcome,
    endedBy: outcome.kind === "scored" ? outcome.endedBy : null,
    exceptionType,
    reward,
    success: typeof reward === "number" ? Number(reward >= rule.successAt) : reward,
    seconds: secondsOf(record, result),
    usage,
    trajectory,
    tests,
    canvas: readCanvas(inputs, agentNames.includes("sessions")),
    treatment: treatment?.seen ?? { missing: "there is no .regatta/treatment.json" },
    noise: noise ?? { missing: "nobody looked at what went on around it" },
  };
  const facts: TrialFacts = {
    own,
    uuid: record.uuid,
    trialName: record.trialName,
    task: record.id.task,
    taskChecksum: textOf(result["task_checksum"]),
    source: textOf(result["source"]),
    agent: agentOf(record.agent),
    configuration: configurationOf(result["config"]),
    outcome,
    exceptionType,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    harborRewards: harborRewards(result["verifier_result"]),
    assigned: assignedOf(record.assigned, rule),
    treatment,
    harborModel: record.agent.model?.name ?? null,
    image: asRanImage(record.image),
    resultFault: fault,
    remarks,
  };
  return { facts, trial };
}

function assignedOf(rewards: Rewards | undefined, { key, successAt }: RewardRule): TrialFacts["assigned"] {
  const found = rewards === undefined ? null : rewardOf(rewards, key);
  return found !== null && "reward" in found ? { reward: found.reward, success: found.reward >= successAt } : null;
}

function rewardKnown(outcome: Outcome, { key }: RewardRule): Known {
  if (outcome.kind !== "scored") return notComputed("the trial was not scored");
  const found = rewardOf(outcome.rewards, key);
  return "reward" in found ? found.reward : notComputed(found.unknown);
}

/** Files without a task_name have been seen; their config names the task all the same. */
function withTaskName(value: unknown): unknown {
  if (!isRecord(value) || typeof value["task_name"] === "string") return value;
  const config = isRecord(value["config"]) ? value["config"] : {};
  const task = taskIn(config["task"]) ?? taskIn(value["task_id"]);
  return task === null ? value : { ...value, task_name: task };
}

/** The task of a trial's config, in any of its spellings. */
export function taskIn(task: unknown): string | null {
  if (!isRecord(task)) return null;
  const { name, path, org } = task;
  if (typeof name === "string" && name !== "") return typeof org === "string" ? `${org}/${name}` : name;
  if (typeof path !== "string") return null;
  const base = posix.basename(path.replaceAll("\\", "/"));
  return base === "" ? null : base;
}

function readTrajectory(
  inputs: TrialInputs,
  folders: readonly string[],
  agentNames: readonly string[],
  remarks: string[],
): Trajectory | Missing {
  const fold = trajectoryFold();
  const problem = walkTrajectories(inputs, folders, agentNames, fold);
  if (problem === null) {
    const read = fold.end();
    const note = versionNote("its trajectory", read.strangeVersions);
    if (note !== null) remarks.push(note);
    return read;
  }
  return problem.damaged ? unusable(problem.why, remarks) : { missing: problem.why };
}

function unusable(why: string, remarks: string[]): Missing {
  remarks.push(`${why}: metrics over its steps are not computed`);
  return { missing: why };
}

function readTests(inputs: TrialInputs, folders: readonly string[], remarks: string[]): TestCounts | Missing {
  const all: TestCounts[] = [];
  for (const folder of folders) {
    const names = inputs.list(`${folder}verifier`).filter((name) => /ctrf.*\.json$/i.test(name));
    for (const name of names) {
      const path = `${folder}verifier/${name}`;
      const file = inputs.json(path);
      if (file.state === "missing") continue;
      const counts = file.state === "ok" ? testCounts(file.value) : { problem: file.why };
      if ("problem" in counts) {
        remarks.push(`${path} ${counts.problem}: tests are not counted`);
        return { missing: `${path} ${counts.problem}` };
      }
      all.push(counts);
    }
  }
  return all.length === 0 ? { missing: "there is no verifier/ctrf.json" } : addUp(all);
}

/** @param sessions whether there is a folder of sessions at all: most trials have none, and need not be asked further. */
function readCanvas(inputs: TrialInputs, sessions: boolean): Trial["canvas"] {
  const path = "agent/sessions/codecanvas/state.json";
  const file = sessions ? inputs.jsonIfThere(path) : ({ state: "missing" } as const);
  if (file.state === "missing") return { missing: `there is no ${path}` };
  if (file.state === "bad") return { missing: `${path} ${file.why}` };
  return canvasState(file.value) ?? { missing: `${path} is not an object` };
}

function harborRewards(verifier: unknown): TrialFacts["harborRewards"] {
  if (!isRecord(verifier) || !isRecord(verifier["rewards"])) return null;
  const entries = Object.entries(verifier["rewards"]);
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === "number" ? value : null]));
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
