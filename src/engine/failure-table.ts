/**
 * The one table that says what a failure makes of a trial and whether another try may help.
 *
 * Only infrastructure is retried. A code that is not here is an error of ours: infrastructure, never retried, never a 0.
 */
import type { NotScoredReason } from "../contract/outcome.ts";

interface Rule {
  readonly reason: NotScoredReason;
  readonly retry: boolean;
}

const RULES = {
  "environment-start-failed": { reason: "infrastructure", retry: true },
  "environment-start-timeout": { reason: "infrastructure", retry: true },
  "environment-lost": { reason: "infrastructure", retry: true },
  "upload-failed": { reason: "infrastructure", retry: true },
  "tests-upload-failed": { reason: "infrastructure", retry: true },
  "healthcheck-failed": { reason: "infrastructure", retry: true },
  /** The same Dockerfile fails again: nothing to gain from another try. */
  "build-failed": { reason: "infrastructure", retry: false },
  "results-not-written": { reason: "infrastructure", retry: false },
  "internal-error": { reason: "infrastructure", retry: false },
  "setup-failed": { reason: "not-treated", retry: false },
  "setup-timeout": { reason: "not-treated", retry: false },
  "command-not-found": { reason: "not-treated", retry: false },
  "treatment-missing": { reason: "not-treated", retry: false },
  "program-does-not-start": { reason: "not-treated", retry: false },
  "wrong-version": { reason: "not-treated", retry: false },
  "mcp-server-does-not-answer": { reason: "not-treated", retry: false },
  "hook-does-not-run": { reason: "not-treated", retry: false },
  "agent-did-nothing": { reason: "not-treated", retry: false },
  /** The account's: another try would meet the same. */
  "api-authentication": { reason: "infrastructure", retry: false },
  "api-quota": { reason: "infrastructure", retry: false },
  "api-model-not-found": { reason: "infrastructure", retry: false },
  "api-rate-limit": { reason: "infrastructure", retry: true },
  "api-overload": { reason: "infrastructure", retry: true },
  "api-server-error": { reason: "infrastructure", retry: true },
  "api-network": { reason: "infrastructure", retry: true },
  "verifier-timeout": { reason: "verifier-failed", retry: false },
  "reward-missing": { reason: "verifier-failed", retry: false },
  "reward-empty": { reason: "verifier-failed", retry: false },
  "reward-malformed": { reason: "verifier-failed", retry: false },
  "reward-not-finite": { reason: "verifier-failed", retry: false },
} as const satisfies Record<string, Rule>;

export function ruleFor(code: string): Rule {
  return Object.hasOwn(RULES, code) ? RULES[code as keyof typeof RULES] : RULES["internal-error"];
}
