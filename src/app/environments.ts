/** Every environment by name; each implementation is loaded when it is asked for. */
import { UserError } from "../contract/failure.ts";
import { EnvironmentFailure, type EnvironmentProvider, type Leftover } from "../environments/environment.ts";

const PROVIDERS: Readonly<Record<string, () => Promise<EnvironmentProvider>>> = {
  local: async () => (await import("../environments/local/provider.ts")).createLocalProvider(),
  docker: async () => (await import("../environments/docker/provider.ts")).createDockerProvider(),
};

/** What each has on this host, with as little of it loaded as that takes: most commands ask, and few make a sandbox. */
const LISTS: Readonly<Record<string, () => Promise<readonly Leftover[]>>> = {
  local: async () => (await import("../environments/local/leftovers.ts")).listLeftovers(),
  docker: async () => (await import("../environments/docker/leftovers.ts")).listLeftovers(),
};

export const ENVIRONMENT_NAMES: readonly string[] = Object.keys(PROVIDERS);

/** An environment that could not be asked what it has: that is not known, and not nothing. */
export interface Unasked {
  readonly environment: string;
  readonly reason: string;
}

/** Whatever any of them has on this host, by label. */
export async function allSandboxes(): Promise<{
  readonly found: readonly Leftover[];
  readonly unasked: readonly Unasked[];
}> {
  const found: Leftover[] = [];
  const unasked: Unasked[] = [];
  for (const [environment, list] of Object.entries(LISTS)) {
    try {
      found.push(...(await list()));
    } catch (error) {
      if (!(error instanceof EnvironmentFailure)) throw error;
      unasked.push({ environment, reason: error.message });
    }
  }
  return { found, unasked };
}

/** A sentence; what is left there is found by its labels once it answers. */
export function unaskedWords({ environment, reason }: Unasked, batchDirs: readonly string[]): string {
  const name = `${environment.charAt(0).toUpperCase()}${environment.slice(1)}`;
  return `${name} could not be asked (${reason}): what is left there of ${batchDirs.join(", ")} stays until it answers; then: regatta gc`;
}

/** @throws UserError for an environment that this version does not have. */
export async function environmentNamed(name: string): Promise<EnvironmentProvider> {
  const make = Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
  if (make !== undefined) return make();
  throw new UserError(`container_env = "${name}" is not available yet`, [
    `this version has: ${ENVIRONMENT_NAMES.join(", ")}`,
  ]);
}
