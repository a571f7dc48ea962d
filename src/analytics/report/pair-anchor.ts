/** Where a comparison's details are on the page. */
export function pairAnchor(at: number): string {
  return `pair-${at + 1}`;
}
