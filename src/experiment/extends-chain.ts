/** `extends`: which profiles a profile inherits from, nearest first. */
import { choice, didYouMean, keyPath, quote, type Position, type Report } from "./problems.ts";

export interface ExtendsChain {
  /** The profiles it inherits from, nearest first. */
  readonly links: readonly string[];
  /** A target is missing or the chain has a cycle (reported): what would be inherited is not known. */
  readonly broken: boolean;
}

/** By profile key. */
export type ExtendsChains = ReadonlyMap<string, ExtendsChain>;

export interface ExtendsLink {
  readonly target: string;
  readonly at: Position;
}

/** @param links every profile of the file, in order; null = it extends none */
export function extendsChains(links: ReadonlyMap<string, ExtendsLink | null>, report: Report): ExtendsChains {
  for (const [key, link] of links) {
    if (link === null || links.has(link.target)) continue;
    const others = [...links.keys()].filter((other) => other !== key);
    report(link.at, {
      key: keyPath("profiles", key, "extends"),
      found: quote(link.target),
      expected: others.length === 0 ? "another profile, and there is none" : `another profile: ${choice(others)}`,
      hint: didYouMean(link.target, others),
    });
  }

  const chains = new Map<string, ExtendsChain>();
  const inCycle = new Set<string>();
  for (const [key, link] of links) {
    const chain = new Set<string>();
    let next = link?.target;
    while (next !== undefined && links.has(next)) {
      if (next === key || chain.has(next)) {
        if (next === key && !inCycle.has(key)) reportCycle(key, [...chain], links, inCycle, report);
        break;
      }
      chain.add(next);
      next = links.get(next)?.target;
    }
    chains.set(key, { links: [...chain], broken: next !== undefined });
  }
  return chains;
}

/** Told once for a whole cycle, at its first profile in the file. */
function reportCycle(
  key: string,
  chain: readonly string[],
  links: ReadonlyMap<string, ExtendsLink | null>,
  inCycle: Set<string>,
  report: Report,
): void {
  for (const member of [key, ...chain]) inCycle.add(member);
  report(links.get(key)?.at ?? { line: 1, column: 1 }, {
    key: keyPath("profiles", key, "extends"),
    found: `a cycle (${[key, ...chain, key].map(quote).join(" → ")})`,
    expected: "profiles that do not extend themselves",
  });
}
