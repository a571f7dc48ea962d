/** What files, the screen and reports say alike of agreement with people, and of answers that there are not. Plain text. */
import type { Agreement, Answer } from "./opinions.ts";

export function agreementText(agreement: readonly Agreement[] | null): string {
  if (agreement === null) return "Agreement with people: not measured.";
  if (agreement.length === 0) return "Agreement with people: nothing was labelled.";
  return `Agreement with people (Cohen's kappa): ${agreement.map(oneAgreement).join("; ")}.`;
}

function oneAgreement({ label, n, kappa, interval, weights, because }: Agreement): string {
  if (kappa === null) return `${label} not computed, ${because ?? "unknown why"}`;
  const range = interval === null ? "" : `, 95 % ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)}`;
  return `${label} ${kappa.toFixed(2)} (${weights === "none" ? "" : "quadratic weights, "}n = ${n}${range})`;
}

/** Why there is no opinion; null when there is one. */
export function whyNone(answer: Answer<unknown>): string | null {
  if (answer.state === "answered") return null;
  return answer.state === "failed" ? `no answer (${answer.kind}): ${answer.why}` : `not asked: ${answer.why}`;
}
