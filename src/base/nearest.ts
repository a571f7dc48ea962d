/** The known word that a mistyped one most likely meant: "did you mean …?" for keys, task ids, datasets, flags. */

/** Longer words are not typing slips, and the distance costs the product of both lengths. */
const LONGEST = 100;

/** A shorter beginning says too little. */
const SHORTEST_BEGINNING = 4;

/**
 * The candidate with the fewest edits, if that is at most a third of the word's length (at least one edit); the first of several.
 * Failing that, the first that begins with the word. Case, `-`, `_`, and blanks do not count.
 */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  if (word.length > LONGEST) return null;
  const given = folded(word);
  let best: string | null = null;
  let longer: string | null = null;
  let limit = Math.max(1, Math.floor(given.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = folded(candidate);
    if (given.length >= SHORTEST_BEGINNING && other.startsWith(given)) longer ??= candidate;
    if (Math.abs(other.length - given.length) >= limit) continue;
    const edits = editDistance(given, other);
    if (edits >= limit) continue;
    best = candidate;
    limit = edits;
  }
  return best ?? longer;
}

function folded(word: string): string {
  return word.toLowerCase().replace(/[\s_-]+/g, "");
}

/** Damerau-Levenshtein, restricted: inserts, deletes, replacements, swaps of neighbours, each letter edited once. */
export function editDistance(from: string, to: string): number {
  const width = to.length + 1;
  const cost = new Uint16Array((from.length + 1) * width);
  const at = (row: number, column: number): number => cost[row * width + column] ?? 0;
  for (let row = 0; row <= from.length; row += 1) {
    for (let column = 0; column < width; column += 1) {
      if (row === 0 || column === 0) {
        cost[row * width + column] = row + column;
        continue;
      }
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      let least = Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + changed);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) least = Math.min(least, at(row - 2, column - 2) + 1);
      cost[row * width + column] = least;
    }
  }
  return at(from.length, to.length);
}
