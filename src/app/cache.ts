/** `regatta cache`: what is kept so that it need not be made or fetched again, and what of it goes when it becomes too much. */
export interface CacheEntry {
  readonly kind: "image" | "layer" | "task" | "toolchain";
  readonly name: string;
  readonly bytes: number;
  readonly lastUsed: Date | null;
  /** @returns false when it is in use. */
  remove(): Promise<boolean>;
}

/** The least recently used first. */
export async function cacheEntries(): Promise<readonly CacheEntry[]> {
  const [images, layers, tasks, toolchains] = await Promise.all([
    import("../environments/docker/kept-images.ts").then(({ keptImages }) => keptImages()),
    import("../environments/local/kept-layers.ts").then(({ keptLayers }) => keptLayers()),
    import("../datasets/kept-tasks.ts").then(({ keptTasks }) => keptTasks()),
    import("../toolchains/stored-toolchains.ts").then(({ storedToolchains }) => storedToolchains()),
  ]);
  const all = [
    ...images.map((entry) => ({ kind: "image" as const, ...entry })),
    ...layers.map((entry) => ({ kind: "layer" as const, ...entry })),
    ...tasks.map((entry) => ({ kind: "task" as const, ...entry })),
    ...toolchains.map((entry) => ({ kind: "toolchain" as const, ...entry })),
  ];
  const used = ({ lastUsed }: CacheEntry): number => lastUsed?.getTime() ?? 0;
  return all.toSorted((a, b) => used(a) - used(b) || (a.name < b.name ? -1 : 1));
}

export interface CheckedEntry {
  readonly name: string;
  /** Empty = it is as it was made. */
  readonly problems: readonly string[];
  /** @returns false when it is in use. */
  remove(): Promise<boolean>;
}

/** Toolchains only: images and layers are the engine's and the file system's to check, tasks are checked when they are used. */
export async function verifyCache(): Promise<readonly CheckedEntry[]> {
  const { verifyToolchains } = await import("../toolchains/stored-toolchains.ts");
  return verifyToolchains();
}

/** What has to go, least recently used first, until the rest is within the budget. */
export function beyondBudget(entries: readonly CacheEntry[], budgetBytes: number): readonly CacheEntry[] {
  let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  const going: CacheEntry[] = [];
  for (const entry of entries) {
    if (total <= budgetBytes) break;
    going.push(entry);
    total -= entry.bytes;
  }
  return going;
}
