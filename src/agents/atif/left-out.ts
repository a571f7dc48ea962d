/** Counts of what the source holds and the trajectory does not, each kind with its reason. */
import type { LeftOut } from "./session-reading.ts";
import { plainText } from "./plain.ts";

export interface LeftOutCounts {
  add(type: string, reason: string, count?: number): void;
  list(): readonly LeftOut[];
}

/** An agent's own words are not bounded in number. */
const MOST_KINDS = 200;

export function leftOutCounts(): LeftOutCounts {
  const counts = new Map<string, { type: string; count: number; reason: string }>();
  return {
    add(given, reason, count = 1) {
      const known = counts.has(`${given} ${reason}`) || counts.size < MOST_KINDS;
      const type = known ? plainText(given, 100) : "other kinds";
      const key = `${type} ${reason}`;
      const entry = counts.get(key) ?? { type, count: 0, reason };
      entry.count += count;
      counts.set(key, entry);
    },
    list: () => [...counts.values()].sort((a, b) => (a.type < b.type ? -1 : a.type > b.type ? 1 : 0)),
  };
}
