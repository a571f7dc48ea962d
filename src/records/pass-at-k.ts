/**
 * pass@k by Harbor's rules: for 2, 4, 8, … and 5, 10, 15, … up to the fewest trials of any task; none at all unless every
 * verdict is a single reward of 0 or 1. A trial without a verdict counts as 0 here, as it does in Harbor.
 *
 * The estimator is 1 − C(n−c, k) / C(n, k), averaged over tasks.
 */
export interface Verdict {
  readonly task: string;
  readonly rewards: Readonly<Record<string, number>> | null;
}

export function passAtK(verdicts: readonly Verdict[]): Record<string, number> {
  const tasks = new Map<string, { trials: number; passed: number }>();
  for (const { task, rewards } of verdicts) {
    const passed = rewards === null ? 0 : binary(rewards);
    if (passed === null) return {};
    const so = tasks.get(task) ?? { trials: 0, passed: 0 };
    tasks.set(task, { trials: so.trials + 1, passed: so.passed + passed });
  }
  const counts = [...tasks.values()];
  const fewest = Math.min(...counts.map(({ trials }) => trials));
  if (counts.length === 0) return {};
  return Object.fromEntries(
    levels(fewest).map((k) => {
      const each = counts.map(({ trials, passed }) => passChance(trials, passed, k));
      return [String(k), each.reduce((sum, value) => sum + value, 0) / each.length];
    }),
  );
}

function binary(rewards: Readonly<Record<string, number>>): 0 | 1 | null {
  const values = Object.values(rewards);
  const [only] = values;
  return values.length === 1 && (only === 0 || only === 1) ? only : null;
}

function levels(most: number): number[] {
  const found = new Set<number>();
  for (let k = 2; k <= most; k *= 2) found.add(k);
  for (let k = 5; k <= most; k += 5) found.add(k);
  return [...found].sort((a, b) => a - b);
}

/** As a product, which stays exact where the binomials would overflow. */
function passChance(trials: number, passed: number, k: number): number {
  if (trials - passed < k) return 1;
  let allFail = 1;
  for (let i = trials - passed + 1; i <= trials; i++) allFail *= 1 - k / i;
  return 1 - allFail;
}
