/** Profiles under labels, in an order drawn at random: a model that knows a name, or reads one first, is kinder to it. */
import { createHash } from "node:crypto";
import { seededRandom } from "../statistics/random.ts";

export interface Blinding {
  /** In the order they are shown. */
  readonly profiles: readonly string[];
  labelOf(profile: string): string;
  profileOf(label: string): string | null;
  /** Labels in running text become profiles. */
  unblind(text: string): string;
  /** Labels in running text become those of another blinding. */
  relabel(text: string, other: Blinding): string;
}

const LABEL = /\brunner-(\d+)\b/gi;

/** @param about what it is for: other tasks get other orders of the same seed. */
export function blinding(profiles: readonly string[], about: string, seed: number): Blinding {
  const mixed = createHash("sha256")
    .update(JSON.stringify([seed, about]))
    .digest()
    .readInt32BE(0);
  const random = seededRandom(mixed);
  const order = profiles.toSorted();
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [order[at], order[other]] = [order[other] as string, order[at] as string];
  }
  const profileOf = (label: string): string | null => {
    const number = /^runner-(\d+)$/i.exec(label.trim())?.[1];
    return number === undefined ? null : (order[Number(number) - 1] ?? null);
  };
  return {
    profiles: order,
    labelOf: (profile) => `runner-${order.indexOf(profile) + 1}`,
    profileOf,
    relabel: (text, other) =>
      text.replaceAll(LABEL, (label) => {
        const profile = profileOf(label);
        return profile === null ? label : other.labelOf(profile);
      }),
    unblind: (text) => text.replaceAll(LABEL, (label) => profileOf(label) ?? label),
  };
}

/** Every string in a value, through `change`; keys stay. */
export function mapStrings<T>(value: T, change: (text: string) => string): T {
  if (typeof value === "string") return change(value) as T;
  if (Array.isArray(value)) return value.map((item: unknown) => mapStrings(item, change)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)])) as T;
}
