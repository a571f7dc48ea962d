import type { EnvironmentProvider } from "../environments/environment.ts";

/** Removes sandboxes that an owner which is gone left behind. @returns how many. */
export async function removeLeftovers(
  provider: EnvironmentProvider,
  isOurs: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<number> {
  const found = (await provider.list()).filter((leftover) => isOurs(leftover.labels));
  await Promise.all(found.map((leftover) => leftover.remove()));
  return found.length;
}
