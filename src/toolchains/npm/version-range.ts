/**
 * The part of npm's version ranges that people write: `1.2.3`, `^1.2.3`, `~1.2`, `1`, `1.x`, `*`.
 * https://github.com/npm/node-semver#ranges
 */
interface Version {
  readonly numbers: readonly [number, number, number];
  readonly pre: readonly (string | number)[];
}

const EXACT = /^(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const RANGE = /^([~^]?)(\d+)(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?$/;

export function isExact(text: string): boolean {
  return EXACT.test(text);
}

export function isRange(text: string): boolean {
  return text === "*" || text === "" || /^[xX]$/.test(text) || RANGE.test(text);
}

/** The highest version in the range that is no prerelease; null when none is. */
export function highestIn(range: string, versions: readonly string[]): string | null {
  const matching = versions.filter((version) => parse(version)?.pre.length === 0 && isIn(range, version));
  return matching.toSorted(compareVersions).at(-1) ?? null;
}

/** What is no version comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parse(a), parse(b)];
  if (left === null || right === null) return (left === null ? 0 : 1) - (right === null ? 0 : 1) || (a < b ? -1 : 1);
  for (const index of [0, 1, 2] as const) {
    const difference = left.numbers[index] - right.numbers[index];
    if (difference !== 0) return difference;
  }
  return comparePre(left.pre, right.pre);
}

/** Up to `count` of them around the place where it would be, in order. */
export function nearestVersions(wanted: string, versions: readonly string[], count: number): readonly string[] {
  const sorted = versions.filter(isExact).toSorted(compareVersions);
  const comparable = parse(wanted) === null ? (RANGE.exec(wanted)?.slice(2) ?? []) : null;
  const like = comparable === null ? wanted : [0, 1, 2].map((index) => Number(comparable[index]) || 0).join(".");
  if (comparable !== null && comparable.length === 0) return sorted.slice(-count);
  const at = sorted.findIndex((version) => compareVersions(version, like) > 0);
  const place = at < 0 ? sorted.length : at;
  const from = Math.max(0, Math.min(place - Math.floor(count / 2), sorted.length - count));
  return sorted.slice(from, from + count);
}

function isIn(range: string, version: string): boolean {
  if (range === "*" || range === "" || /^[xX]$/.test(range)) return true;
  const [, sign, major, minor, patch] = RANGE.exec(range) ?? [];
  const parsed = parse(version);
  if (major === undefined || parsed === null) return false;
  const wanted = [major, minor, patch].map((part) => (part === undefined || /[xX*]/.test(part) ? null : Number(part)));
  const known = wanted.findIndex((part) => part === null);
  const given = known < 0 ? 3 : known;
  const floor = wanted.map((part) => part ?? 0);
  if (compareVersions(version, floor.join(".")) < 0) return false;
  // How many leading numbers must be the same.
  const firstNonZero = floor.findIndex((part, index) => part !== 0 && index < given);
  const fixed =
    sign === "^"
      ? Math.min(given, firstNonZero < 0 ? given : firstNonZero + 1)
      : sign === "~"
        ? Math.min(2, given)
        : given;
  return parsed.numbers.slice(0, fixed).every((part, index) => part === floor[index]);
}

function parse(text: string): Version | null {
  const [, major, minor, patch, pre] = EXACT.exec(text) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return null;
  return {
    numbers: [Number(major), Number(minor), Number(patch)],
    pre: (pre ?? "")
      .split(".")
      .filter((part) => part !== "")
      .map((part) => (/^\d+$/.test(part) ? Number(part) : part)),
  };
}

/** A version with a suffix comes before the one without; numbers before words. */
function comparePre(a: Version["pre"], b: Version["pre"]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index], b[index]];
    if (left === undefined) return -1;
    if (right === undefined) return 1;
    if (left === right) continue;
    if (typeof left === "number" && typeof right === "number") return left - right;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left < right ? -1 : 1;
  }
  return 0;
}
