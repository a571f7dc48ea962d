/** Every kind of toolchain: what a request comes to, and how it is made. */
import { join } from "node:path";
import type { Toolchain, ToolchainRequest } from "../contract/toolchain.ts";
import { planNative, planNode } from "./npm/native-packages.ts";
import { npmSettings } from "./npm/npm-settings.ts";
import { npmRegistry, type NpmRegistry } from "./npm/registry.ts";
import { planLocalDirectory } from "./local-directory.ts";
import { planServerPackage } from "./npm/server-package.ts";
import type { PlannedToolchain } from "./planned.ts";
import { planPython } from "./python/project.ts";
import { type BuildSettings, buildToolchainIn, findToolchain, storeDir } from "./store.ts";

export interface Toolchains {
  /** What exactly it comes to; builds nothing. @throws UserError */
  plan(request: ToolchainRequest): Promise<PlannedToolchain>;
  /** Null when it would have to be made. */
  find(plan: PlannedToolchain): Promise<Toolchain | null>;
  /** Finds it in the store or makes it, with all that it needs. @throws UserError */
  build(plan: PlannedToolchain, settings: BuildSettings): Promise<Toolchain>;
}

export interface ToolchainOptions {
  /** Default: the user's store. */
  readonly store?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Takes lines for whoever waits, or should know. */
  readonly say?: (line: string) => void;
}

export function createToolchains(options: ToolchainOptions = {}): Toolchains {
  const store = options.store ?? storeDir();
  const env = options.env ?? process.env;
  const say = options.say ?? (() => undefined);
  let asked: Promise<NpmRegistry> | undefined;
  const registry = (): Promise<NpmRegistry> =>
    (asked ??= npmSettings(env).then((settings) => npmRegistry(settings, join(store, "resolved"), say)));
  return {
    async plan(request) {
      switch (request.kind) {
        case "claude-code":
        case "codex":
          return planNative(request, await registry());
        case "node":
          return planNode(request, request.version ?? null, await registry());
        case "npm":
          return planServerPackage(request, await registry());
        case "path":
          return planLocalDirectory(request);
        case "python":
          return planPython(request, { env, keptDir: join(store, "resolved"), say });
      }
    },
    find: (plan) => findToolchain(plan, store),
    build: (plan, settings) => buildToolchainIn(store, plan, settings),
  };
}
