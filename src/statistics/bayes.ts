/** How sure one may be that B is better, with flat priors. */
import { betaCdf } from "./beta.ts";
import { logBeta } from "./log-gamma.ts";

/** Of paired results: depends on the pairs that differ alone. P = 1 − I_½(onlyB + 1, onlyA + 1). */
export function betterPaired(onlyA: number, onlyB: number): number {
  return 1 - betaCdf(0.5, onlyB + 1, onlyA + 1);
}

/** Of different observations: P(p_B > p_A) for independent Beta(1, 1) priors, in closed form (E. Miller 2010). */
export function betterIndependent(
  a: { readonly successes: number; readonly n: number },
  b: { readonly successes: number; readonly n: number },
): number {
  const [alphaA, betaA] = [a.successes + 1, a.n - a.successes + 1];
  const [alphaB, betaB] = [b.successes + 1, b.n - b.successes + 1];
  let total = 0;
  for (let i = 0; i < alphaB; i++) {
    total += Math.exp(
      logBeta(alphaA + i, betaA + betaB) - Math.log(betaB + i) - logBeta(1 + i, betaB) - logBeta(alphaA, betaA),
    );
  }
  return total;
}
