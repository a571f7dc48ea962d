/**
 * The contract of the environment port as tests. An implementation passes when it calls `environmentContract` and all are green;
 * what it cannot do it must declare in its abilities: it then has to refuse it, and the tests of how it does it are left out.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Abilities, EnvironmentProvider, EnvironmentSpec } from "../environment.ts";
import { type ContractBed, contractBed } from "./contract-bed.ts";
import { execContract } from "./contract-exec.ts";
import { filesContract } from "./contract-files.ts";
import { forkBombContract, hostileContract } from "./contract-hostile.ts";
import { lifecycleContract } from "./contract-lifecycle.ts";
import { mountsContract } from "./contract-mounts.ts";
import { refusesContract } from "./contract-refuses.ts";
import { stoppingContract } from "./contract-stopping.ts";

export interface ContractOptions {
  /** Whatever of this provider is still on the host, in words; called when everything was stopped. */
  readonly leftBehind: () => Promise<readonly string[]>;
  /** What it says it can do here. */
  readonly abilities: Abilities;
  /** The full sizes (a million files, …) instead of those of the fast suite. */
  readonly slow: boolean;
  /** What every environment of this provider needs, such as an image. */
  readonly spec?: Partial<EnvironmentSpec>;
}

export interface ContractContext {
  readonly bed: () => ContractBed;
  readonly abilities: Abilities;
  readonly slow: boolean;
  /** `it` for what it can do; nothing for what it cannot, which `refusesContract` looks at. */
  readonly needs: (ability: boolean) => (name: string, test: () => Promise<void>) => void;
}

export function environmentContract(
  name: string,
  makeProvider: () => EnvironmentProvider,
  options: ContractOptions,
): void {
  describe(`environment contract: ${name}`, () => {
    let bed: ContractBed;
    beforeAll(() => {
      bed = contractBed(makeProvider(), options.spec);
    });
    afterEach(() => bed.clean());
    afterAll(async () => {
      expect(await options.leftBehind()).toEqual([]);
    });
    const context: ContractContext = {
      bed: () => bed,
      abilities: options.abilities,
      slow: options.slow,
      needs: (ability) => (ability ? it : () => undefined),
    };
    execContract(context);
    stoppingContract(context);
    filesContract(context);
    hostileContract(context);
    if (options.slow) forkBombContract(context);
    mountsContract(context);
    lifecycleContract(context);
    refusesContract(context);
  });
}
