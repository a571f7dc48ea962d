/** Anything thrown while a trial runs → Failure. What is not recognised stays visible as an internal error. */
import { failure, type Failure, type Phase, TrialFailure } from "../contract/failure.ts";
import { BuildFailure, EnvironmentFailure } from "../environments/environment.ts";

export function classify(thrown: unknown, phase: Phase): Failure {
  if (thrown instanceof TrialFailure) {
    return { ...thrown.failure, phase: thrown.failure.phase ?? phase };
  }
  if (thrown instanceof BuildFailure) {
    return failure({ code: "build-failed", blame: "task", phase, message: thrown.message, evidence: ["trial.log"] });
  }
  if (thrown instanceof EnvironmentFailure) {
    const code = phase === "environment-start" ? "environment-start-failed" : "environment-lost";
    return failure({ code, blame: "infrastructure", phase, message: thrown.message, evidence: ["trial.log"] });
  }
  return failure({
    code: "internal-error",
    blame: "infrastructure",
    phase,
    message: thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown),
    evidence: ["trial.log"],
  });
}

/** The first cause stays; what came later is added to it. */
export function withLater(first: Failure | null, later: Failure): Failure {
  return first === null ? later : { ...first, also: [...first.also, `${later.phase ?? "?"}: ${later.message}`] };
}
