/** Every environment by name; each implementation is loaded when it is asked for. */
import { UserError } from "../contract/failure.ts";
import type { EnvironmentProvider, Leftover } from "../environments/environment.ts";

const PROVIDERS: Readonly<Record<string, () => Promise<EnvironmentProvider>>> = {
  local: async () => (await import("../environments/local/provider.ts")).createLocalProvider(),
  docker: async () => (await import("../environments/docker/provider.ts")).createDockerProvider(),
};

export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** Whatever any of them has on this host, by label. */
export async function allSandboxes(): Promise<readonly Leftover[]> {
  const found: Leftover[] = [];
  for (const name of ENVIRONMENT_NAMES) found.push(...(await (await environmentNamed(name)).list()));
  return found;
}

/** @throws UserError for an environment that this version does not have. */
export async function environmentNamed(name: string): Promise<EnvironmentProvider> {
  const make = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  if (make !== undefined) return make();
  throw new UserError(`container_env = "${name}" is not available yet`, [
    `this version has: ${ENVIRONMENT_NAMES.join(", ")}`,
  ]);
}
