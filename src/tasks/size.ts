/** Harbor's older spelling of sizes: `"2G"`, `"512M"`, `"1048576K"`, fractions allowed. */

export const SIZE_EXPECTED = 'a size such as "2G" or "512M"';

const MB_PER: Readonly<Record<string, number>> = { G: 1024, M: 1, K: 1 / 1024 };

/** Whole megabytes (of 2^20 bytes), rounded down; null when it is no such size or less than one. */
export function sizeToMb(text: string): number | null {
  const match = /^(\d+(?:\.\d*)?|\.\d+)\s*([GMK])$/.exec(text.trim().toUpperCase());
  const factor = MB_PER[match?.[2] ?? ""];
  if (factor === undefined) return null;
  const mb = Math.floor(Number(match?.[1]) * factor);
  return Number.isSafeInteger(mb) && mb >= 1 ? mb : null;
}
