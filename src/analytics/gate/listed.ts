const LISTED = 8;

/** The first few, and how many more there are. */
export function listed(names: readonly string[]): string {
  const more = names.length - LISTED;
  return `${names.slice(0, LISTED).join(", ")}${more > 0 ? `, … ${more} more` : ""}`;
}
