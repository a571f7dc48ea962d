/** The trajectory of a trial, folded: what every metric over an agent's steps computes from. */
import { isRecord } from "../../base/is-record.ts";
import type { Act } from "./act.ts";
import { amount, type Call, type MessageTokens, type StepFact, stepFact } from "./step-fact.ts";
import { strangeVersion, versionProblem } from "./atif-version.ts";

export interface Trajectory {
  /** Without copied ones. */
  readonly steps: readonly StepFact[];
  /** Of all steps, in order: those of the main conversation. */
  readonly calls: readonly Call[];
  /** Of embedded subagents, and of theirs; null = one of them could not be read. */
  readonly subagentCalls: readonly Call[] | null;
  /** Of all calls, in order. */
  readonly acts: readonly Act[];
  /** The agent's own totals (`final_metrics`), when there is one file with them. */
  readonly totals: MessageTokens | null;
  readonly subagents: number;
  /** Of ATIF, that came after this program: read as those it knows. */
  readonly strangeVersions: readonly string[];
}

/** No step says what the agent did: that it did nothing does not follow. */
export function tellsNothing({ steps, calls }: Pick<Trajectory, "steps" | "calls">): boolean {
  return calls.length === 0 && !steps.some(({ source }) => source === "agent");
}

export const TELLS_NOTHING = "the trajectory has no step of the agent's";

export interface TrajectoryFold {
  step(step: unknown): void;
  /** An embedded trajectory of a subagent; null = it was too large. */
  subagent(trajectory: unknown): void;
  /** What stands around the steps of one file. @returns what is wrong with it, in words, or null. */
  endFile(root: unknown): string | null;
  end(): Trajectory;
}

/** One or several files, of steps or continued ones, in order. */
export function trajectoryFold(): TrajectoryFold {
  const steps: StepFact[] = [];
  const totals: (MessageTokens | null)[] = [];
  const subagentCalls: Call[] = [];
  const strange = new Set<string>();
  let subagents = 0;
  let unread = false;
  const addCallsOf = (trajectory: unknown): void => {
    if (!isRecord(trajectory)) {
      unread = true;
      return;
    }
    for (const step of arrayOf(trajectory["steps"])) {
      const { copied, calls } = stepFact(step);
      if (!copied) for (const call of calls) subagentCalls.push(call);
    }
    for (const embedded of arrayOf(trajectory["subagent_trajectories"])) addCallsOf(embedded);
  };
  return {
    step(step) {
      const fact = stepFact(step);
      if (!fact.copied) steps.push(fact);
    },
    subagent: addCallsOf,
    endFile(root) {
      if (!isRecord(root)) return "is not an object";
      const { final_metrics: final } = root;
      const problem = versionProblem(root);
      if (problem !== null) return problem;
      const version = strangeVersion(root);
      if (version !== null) strange.add(version);
      totals.push(totalsOf(final));
      const embedded = root["subagent_trajectories"];
      if (Array.isArray(embedded)) subagents += embedded.length;
      else if (typeof embedded === "number") subagents += embedded;
      return null;
    },
    end() {
      const calls: Call[] = [];
      const acts: Act[] = [];
      for (const step of steps) {
        for (const call of step.calls) {
          calls.push(call);
          for (const act of call.acts) acts.push(act);
        }
      }
      return {
        steps,
        calls,
        subagentCalls: unread ? null : subagentCalls,
        acts,
        totals: totals.length === 1 ? (totals[0] ?? null) : null,
        subagents,
        strangeVersions: [...strange],
      };
    },
  };
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function totalsOf(final: unknown): MessageTokens | null {
  if (!isRecord(final)) return null;
  const totals = {
    input: amount(final["total_prompt_tokens"]),
    output: amount(final["total_completion_tokens"]),
    cached: amount(final["total_cached_tokens"]),
    costUsd: amount(final["total_cost_usd"]),
  };
  return Object.values(totals).every((value) => value === null) ? null : totals;
}
