/** Benchmarks mark their files against ending up in training data; the marks are not part of the instruction. */

const CANARY = /^(<!--.*canary.*-->|#.*canary.*)$/is;

/** Without the canary comments at its beginning and the blank lines after them (or, without any, at the beginning). */
export function stripCanary(text: string): string {
  const lines = text.split("\n");
  let first = lines.findIndex((line) => !CANARY.test(line.trim()));
  if (first === -1) return "";
  while (first < lines.length && lines[first]?.trim() === "") first += 1;
  return lines.slice(first).join("\n");
}
