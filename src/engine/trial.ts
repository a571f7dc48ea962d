/**
 * One try of one trial: its phases in order, and what their endings make of it. The file to read first.
 *
 * However a phase ends, what follows it still happens as far as it makes sense: a started sandbox is collected from and torn down,
 * an agent that ran out of time or failed is verified. Recording and teardown are the caller's last two steps, so that
 * the record is written while the sandbox still stands.
 */
import type { AgentReport, Collected } from "../agents/agent.ts";
import { failure, type Failure, type Phase } from "../contract/failure.ts";
import type { BudgetLevel, ModelAccess, ModelSpend } from "../contract/model-call.ts";
import type { Noise } from "../contract/noise.ts";
import type { EndedBy, Outcome, Rewards } from "../contract/outcome.ts";
import type { RanImage } from "../contract/ran-image.ts";
import type { TreatmentSeen } from "../contract/treatment.ts";
import type { AgentInfo, Span } from "../contract/trial-record.ts";
import type { Verdict } from "../verifier/verifier.ts";
import { classify, withLater } from "./classify.ts";
import type { Clock } from "./clock.ts";
import { ruleFor } from "./failure-table.ts";
import { disagreements, usageOf } from "./model-totals.ts";
import { watchNoise } from "./noise-watch.ts";
import { createPhaseClock, type PhaseListener } from "./phase-clock.ts";
import { collectTrial } from "./phases/collect.ts";
import { awaitHealthy } from "./phases/healthcheck.ts";
import { runAgent } from "./phases/run-agent.ts";
import { setUpAgent } from "./phases/set-up-agent.ts";
import { startEnvironment } from "./phases/start-environment.ts";
import { verifyTrial } from "./phases/verify.ts";
import type { TrialContext } from "./trial-context.ts";

/** Collection after a normal end, and when the run is being stopped. */
const COLLECT_SEC = 300;
const COLLECT_STOPPING_SEC = 30;
/** The agent keeps its own limit; this much later the phase is cut off whatever the agent's adapter does. */
const AGENT_OVERRUN_SEC = 30;

export interface TryResult {
  readonly outcome: Outcome;
  readonly agent: AgentInfo | null;
  readonly agentExitCode: number | null;
  readonly usage: Collected["usage"];
  /** Null = it went without the gateway. */
  readonly models: ModelSpend | null;
  readonly phases: Readonly<Partial<Record<Phase, Span>>>;
  readonly remarks: readonly string[];
  /** Null = nothing was measured. */
  readonly noise: Noise | null;
  readonly treatment: TreatmentSeen | null;
  readonly assigned: Rewards | null;
  /** Null = its sandbox was made from none, or never made. */
  readonly image: RanImage | null;
}

export async function runTry(context: TrialContext, clock: Clock, listener: PhaseListener): Promise<TryResult> {
  const { environment, limits, stop, task, folder } = context;
  const phases = createPhaseClock(clock, listener);
  const noise = watchNoise(context, clock);
  const remarks: string[] = [];
  let first: Failure | null = null;
  let report: AgentReport | null = null;
  let collected: Collected | null = null;
  let verdict: Verdict | null = null;
  let started = false;

  const failed = (error: unknown, phase: Phase): void => {
    const later = stopped(context) ?? classify(error, phase);
    first = withLater(first, { ...later, phase: later.phase ?? phase });
    folder.log("error", `${phase}: ${later.message}`);
  };
  const beforeTests = [stop.hard, stop.soft, stop.deadline];

  let phase: Phase = "environment-start";
  try {
    await phases.run(
      phase,
      overrun(limits.buildSec, "environment-start-timeout", "infrastructure", phase),
      beforeTests,
      (signal) => startEnvironment(context, signal),
    );
    started = true;
    const check = task.environment.healthcheck;
    if (check !== null) {
      phase = "healthcheck";
      await phases.run(phase, null, beforeTests, (signal) => awaitHealthy(context, check, clock, signal));
    }
    phase = "agent-setup";
    const setUp = overrun(limits.setupSec, "setup-timeout", "treatment", phase);
    const access = await phases.run(phase, setUp, beforeTests, async (signal): Promise<ModelAccess | null> => {
      await setUpAgent(context, signal);
      return (await context.models?.open(environment, signal)) ?? null;
    });
    phase = "agent-run";
    const guard = limits.agentSec === null ? null : limits.agentSec + AGENT_OVERRUN_SEC;
    report = await phases.run(phase, overrun(guard, "internal-error", "infrastructure", phase), beforeTests, (signal) =>
      runAgent(context, access, limits.agentSec, signal),
    );
  } catch (error) {
    // At the batch's deadline a started agent is like any agent out of time: its work is verified.
    if (phase === "agent-run" && stop.deadline.aborted && !stop.soft.aborted && !stop.hard.aborted) {
      report = { ended: "aborted", exitCode: null };
    } else failed(error, phase);
  }
  const models = (await context.models?.close()) ?? null;
  const budget = context.models?.budgetHit() ?? null;
  if (budget !== null) remarks.push(budgetRemark(budget));
  if (report?.ended === "aborted" && stop.deadline.aborted) remarks.push("the agent was stopped by run_timeout_sec");

  if (started && !stop.hard.aborted) {
    const seconds = stop.soft.aborted ? COLLECT_STOPPING_SEC : COLLECT_SEC;
    phase = "collection";
    try {
      collected = await phases.run(
        phase,
        overrun(seconds + 30, "environment-lost", "infrastructure", phase),
        [stop.hard],
        async () => {
          const services = await environment.killProcesses({ spareServices: true });
          if (services.length > 0)
            remarks.push(`left running for the tests, since they listen: ${services.join(", ")}`);
          for (const incident of await environment.incidents()) remarks.push(incident.message);
          return collectTrial(context, report, seconds);
        },
      );
      remarks.push(...collected.remarks, ...disagreements(collected.usage, models));
      // An agent that got no more answers says that its provider failed: it was us, and it is no failure.
      if (collected.failure !== null && budget === null) {
        // Whatever ended the run before is explained by it, or was its consequence.
        const cause: Failure = collected.failure;
        first = first === null || isRunEnd(first) ? withLater(null, cause) : withLater(first, cause);
        folder.log("error", cause.message);
      }
    } catch (error) {
      failed(error, phase);
    }
  }

  // Of a trial that was not treated the verdict is kept for what was assigned: an analysis can then show both.
  const untreated = first?.code === "treatment-missing" && report !== null;
  if ((first === null || untreated) && report !== null && stopped(context) === null) {
    phase = "verification";
    if (first === null) await keepSoFar(budget === null ? report : { ...report, ended: "budget" });
    let endTurn: (() => void) | null = null;
    try {
      // Outside the phase: waiting takes nothing of the tests' time.
      endTurn = await context.testTurns.take(AbortSignal.any([stop.hard, stop.soft]));
      verdict = await phases.run(
        phase,
        overrun(limits.verifierSec + 180, "verifier-timeout", "task", phase),
        [stop.hard, stop.soft],
        (signal) => noise.duringTests(() => verifyTrial(context, signal)),
      );
      remarks.push(...verdict.remarks);
    } catch (error) {
      failed(error, phase);
    } finally {
      endTurn?.();
    }
  }

  const ended = budget === null ? report : asBudget(report);
  const outcome = outcomeOf(first, ended, verdict, context);
  const measured = started && !stop.hard.aborted ? await noise.measure(outcome) : null;
  return resultOf(outcome, measured, untreated ? (verdict?.rewards ?? null) : null);

  function resultOf(of: Outcome, around: Noise | null, assigned: Rewards | null): TryResult {
    return {
      outcome: of,
      noise: around,
      agent: collected?.info ?? null,
      agentExitCode: report?.exitCode ?? null,
      usage: collected?.usage ?? usageOf(models),
      models,
      phases: { ...phases.spans },
      remarks: [...remarks],
      treatment: collected?.treatment ?? null,
      assigned,
      image: environment.image(),
    };
  }

  async function keepSoFar(by: AgentReport): Promise<void> {
    const message = "the run died before the tests had given their verdict";
    const died = failure({ code: "run-died", blame: "infrastructure", phase: "verification", message });
    try {
      await context.checkpoint(resultOf({ kind: "cancelled", failure: died }, null, null), endedBy(by));
    } catch (error) {
      // The verdict counts all the same; only a death of the run would now cost it.
      folder.log("warn", `checkpoint: ${(error as Error).message}`);
    }
  }
}

/** Of the agent's run: by itself it does not say why. */
function isRunEnd({ phase, code }: Failure): boolean {
  return phase === "agent-run" && code === "internal-error";
}

function overrun(
  seconds: number | null,
  code: string,
  blame: Failure["blame"],
  phase: Phase,
): {
  readonly seconds: number | null;
  readonly overrun: Failure;
} {
  return {
    seconds,
    overrun: failure({
      code,
      blame,
      phase,
      message: `${phase} was not over after ${seconds} s`,
      evidence: ["trial.log"],
    }),
  };
}

/** Non-null when whatever happened next is because the run was told to stop. */
function stopped({ stop }: TrialContext): Failure | null {
  const signal = [stop.hard, stop.soft].find((candidate) => candidate.aborted);
  if (signal === undefined) return null;
  const why = signal.reason instanceof Error ? signal.reason.message : "stopped";
  return failure({ code: "stopped", blame: "user", phase: null, message: why });
}

/** Whatever the agent made of it: that it got no more answers is why it ended. */
function asBudget(report: AgentReport | null): AgentReport | null {
  return report === null ? null : { ...report, ended: "budget" };
}

function budgetRemark({ level, id }: { readonly level: BudgetLevel; readonly id: string }): string {
  const whose = { trial: "this trial's budget", profile: `the budget of profile ${id}`, batch: "the batch's budget" }[
    level
  ];
  return `${whose} was spent: the agent got no more answers from its model`;
}

function outcomeOf(
  first: Failure | null,
  report: AgentReport | null,
  verdict: Verdict | null,
  context: TrialContext,
): Outcome {
  if (first === null && verdict !== null && report !== null) {
    return { kind: "scored", rewards: verdict.rewards, endedBy: endedBy(report) };
  }
  const cancelled = stopped(context);
  if (cancelled !== null) return { kind: "cancelled", failure: first ?? cancelled };
  if (context.stop.deadline.aborted && first !== null && report === null) {
    return {
      kind: "cancelled",
      failure: {
        ...first,
        code: "run-timeout",
        blame: "user",
        message: "run_timeout_sec was over before the agent ran",
      },
    };
  }
  const cause =
    first ??
    failure({
      code: "internal-error",
      blame: "infrastructure",
      phase: null,
      message: "the trial ended without a verdict and without a failure",
    });
  return { kind: "not-scored", reason: ruleFor(cause.code).reason, failure: cause };
}

function endedBy(report: AgentReport): EndedBy {
  switch (report.ended) {
    case "budget":
    case "max-turns":
      return { kind: report.ended };
    case "timed-out":
    case "aborted":
      return { kind: "agent-timeout" };
    case "exited":
      return report.exitCode === null || report.exitCode === 0
        ? { kind: "done" }
        : { kind: "agent-exit", code: report.exitCode };
  }
}
