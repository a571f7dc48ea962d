/** `container_env = "local"`: namespaces over a copy-on-write view of this machine's own files. Nothing to install or download. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import type { Abilities, EnvironmentProvider } from "../environment.ts";
import { findControlRoot } from "./control-group.ts";
import { createLocalEnvironment } from "./environment.ts";
import { findTool, readHostFacts } from "./host-facts.ts";
import type { NamespaceHost } from "./namespace-host.ts";
import { recipeOf } from "./recipe.ts";
import { readLeftovers } from "./state-directory.ts";

export interface LocalOptions {
  /** Absolute; default `$XDG_CACHE_HOME/regatta/local`. */
  readonly stateRoot?: string;
}

export function createLocalProvider(options: LocalOptions = {}): EnvironmentProvider {
  const stateRoot = options.stateRoot ?? join(cacheHome(), "regatta", "local");
  let found: NamespaceHost | { readonly problems: readonly string[] } | undefined;
  const look = (): NamespaceHost | { readonly problems: readonly string[] } => {
    if (found !== undefined) return found;
    const facts = readHostFacts();
    found = "problems" in facts ? facts : { facts, stateRoot, controlRoot: findControlRoot() };
    return found;
  };
  const host = (): NamespaceHost => {
    const seen = look();
    if ("problems" in seen) throw new Error(seen.problems.join("; "));
    return seen;
  };
  return {
    name: "local",
    abilities: () => Promise.resolve(abilitiesOf(look())),
    check(spec) {
      const refused =
        spec.dockerfile === null || !existsSync(spec.dockerfile)
          ? []
          : recipeOf(readFileSync(spec.dockerfile, "utf8")).refused;
      const isolated =
        spec.network === "no-network" && findTool("ip") === null
          ? ["a task without network needs the program `ip` (iproute2) on this machine"]
          : [];
      return Promise.resolve([...refused, ...isolated]);
    },
    create: (spec) => createLocalEnvironment(host, spec),
    list: () => readLeftovers(stateRoot),
  };
}

function cacheHome(): string {
  const configured = process.env["XDG_CACHE_HOME"];
  return configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
}

function abilitiesOf(host: NamespaceHost | { readonly problems: readonly string[] }): Abilities {
  const name = "local";
  const works = !("problems" in host);
  return {
    name,
    available: works,
    problems: works ? [] : host.problems,
    enforcesCpus: false,
    enforcesMemory: false,
    canDisableNetwork: works && findTool("ip") !== null,
    canSwitchUser: works && host.facts.privileged,
    killsWholeTree: works && host.controlRoot !== null,
    honoursDockerImage: false,
    statements: works ? statementsOf(host) : [],
  };
}

function statementsOf({ facts }: NamespaceHost): readonly string[] {
  return [
    `visible inside, copy on write: ${facts.trees.map((tree) => tree.path).join(", ")}, and what everybody may read of /etc`,
    "not visible: home directories, the project, results, other trials, /run, /srv, /mnt, /tmp, logs, keys and password hashes",
    "FROM and docker_image are not honoured: this machine's own files are the base",
    "a task with network shares this machine's, its loopback included",
  ];
}
