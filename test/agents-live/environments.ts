/** Where the real agents are tried: everywhere that this machine has. CI has both. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

export interface Place {
  readonly environment: string;
  /** Where a provider has to listen to be reached from its sandboxes. */
  readonly host: string;
  /** For the program: how it reaches registries and Docker from here. */
  readonly env: Readonly<Record<string, string>>;
}

/** What this machine needs to reach a registry is not the fast suite's business, and so not passed on by default. */
const NETWORK =
  /^(NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|https?_proxy|no_proxy|npm_config_(registry|cafile|https?_proxy))$/i;

const env: Record<string, string> = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    NETWORK.test(name) && value !== undefined ? [[name, value]] : [],
  ),
);

/** Node lists no interface that nothing is plugged into. */
const bridge = /inet ([\d.]+)/.exec(spawnSync("ip", ["-4", "addr", "show", "docker0"]).stdout?.toString() ?? "")?.[1];

export const PLACES: readonly Place[] = [
  { environment: "local", host: "127.0.0.1", env },
  ...(existsSync("/var/run/docker.sock") && bridge !== undefined
    ? [{ environment: "docker", host: bridge, env: { ...env, DOCKER_HOST: "unix:///var/run/docker.sock" } }]
    : []),
];
