/** What trials themselves say of what ran, of two profiles side by side: all there is where no lock tells. Pure. */
import type { Drift } from "../../contract/drift.ts";
import type { AnalyzedTrial } from "../profiles.ts";

/** @param pairs profiles, as the trials have them */
export function observedDrift(
  trials: readonly AnalyzedTrial[],
  pairs: readonly (readonly [string, string])[],
): readonly Drift[] {
  return pairs.flatMap(([a, b]) => {
    const [ofA, ofB] = [a, b].map((profile) => trials.filter(({ id }) => id.profile === profile));
    if (ofA === undefined || ofB === undefined || ofA.length === 0 || ofB.length === 0) return [];
    const name = `${a}, ${b}`;
    return [
      ...drift("agent", `agent that ran (${name})`, ofA, ofB, ({ facts }) =>
        facts.agent.version === "unknown"
          ? facts.agent.name
          : `${facts.agent.name} ${facts.agent.version.replace(/^v(?=\d)/, "")}`,
      ),
      ...drift("model", `model that ran (${name})`, ofA, ofB, ({ facts }) => facts.agent.model),
    ];
  });
}

/** Tasks of two sides whose checksums differ, where both tell. */
export function observedTaskChanges(a: readonly AnalyzedTrial[], b: readonly AnalyzedTrial[]): readonly string[] {
  const [ofA, ofB] = [checksums(a), checksums(b)];
  return [...ofA].flatMap(([task, sums]) => {
    const others = ofB.get(task);
    return others === undefined || [...others].some((sum) => sums.has(sum)) ? [] : [task];
  });
}

function checksums(trials: readonly AnalyzedTrial[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { id, facts } of trials)
    if (facts.taskChecksum !== null)
      found.set(id.task, (found.get(id.task) ?? new Set<string>()).add(facts.taskChecksum));
  return found;
}

function drift(
  about: Drift["about"],
  what: string,
  ofA: readonly AnalyzedTrial[],
  ofB: readonly AnalyzedTrial[],
  word: (trial: AnalyzedTrial) => string | null,
): readonly Drift[] {
  const [a, b] = [ofA, ofB].map((trials) =>
    [...new Set(trials.map((trial) => word(trial) ?? "(none)"))].sort().join(", "),
  );
  return a === undefined || b === undefined || a === b ? [] : [{ about, what, a, b }];
}
