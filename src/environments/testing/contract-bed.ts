/** What the contract's tests stand on: fresh environments that are always stopped, and short ways to look inside. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  DownloadLimits,
  Environment,
  EnvironmentProvider,
  EnvironmentSpec,
  ExecRequest,
  ExecResult,
} from "../environment.ts";

export interface Ran extends ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ContractBed {
  readonly provider: EnvironmentProvider;
  spec(changes?: Partial<EnvironmentSpec>): EnvironmentSpec;
  /** Created, not started; stopped when the test is over. */
  create(changes?: Partial<EnvironmentSpec>): Environment;
  started(changes?: Partial<EnvironmentSpec>): Promise<Environment>;
  /** A directory of the host, removed when the test is over. */
  scratch(): Promise<string>;
  /** Stops and removes everything that was given out. */
  clean(): Promise<void>;
}

/** Names tell whose they are: several contracts run at once on a machine. */
export function contractName(rest: string): string {
  return `contract-${process.pid}-${rest}`;
}

export const PLENTY: DownloadLimits = { maxBytes: 1 << 30, maxFiles: 100_000, maxFileBytes: 1 << 30, timeoutSec: 60 };

/** @param base what every environment of this provider needs, such as an image */
export function contractBed(provider: EnvironmentProvider, base: Partial<EnvironmentSpec> = {}): ContractBed {
  const environments: Environment[] = [];
  const folders: string[] = [];
  const spec: ContractBed["spec"] = (changes = {}) => ({
    name: contractName(randomUUID().slice(0, 12)),
    labels: { experiment: "contract" },
    contextDir: "/nonexistent",
    dockerfile: null,
    dockerImage: null,
    workdir: "/work dir",
    env: { FROM_SPEC: "spec" },
    network: "public",
    hostPorts: [],
    capabilities: [],
    cpus: null,
    memoryMb: null,
    forceRebuild: false,
    hidePaths: [],
    mounts: [],
    buildTimeoutSec: 60,
    ...base,
    ...changes,
  });
  const create: ContractBed["create"] = (changes) => {
    const environment = provider.create(spec(changes));
    environments.push(environment);
    return environment;
  };
  return {
    provider,
    spec,
    create,
    async started(changes) {
      const environment = create(changes);
      await environment.start();
      return environment;
    },
    async scratch() {
      const dir = await mkdtemp(join(tmpdir(), "regatta-contract-"));
      folders.push(dir);
      return dir;
    },
    async clean() {
      await Promise.all(environments.splice(0).map((environment) => environment.stop()));
      await Promise.all(folders.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
    },
  };
}

export async function run(environment: Environment, request: ExecRequest): Promise<Ran> {
  const out: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  const result = await environment.exec({
    ...request,
    onOutput: (stream, chunk) => void (stream === "stdout" ? out : errors).push(Uint8Array.from(chunk)),
  });
  return { ...result, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(errors).toString() };
}

export function sh(environment: Environment, script: string, more: Omit<ExecRequest, "argv"> = {}): Promise<Ran> {
  return run(environment, { argv: ["sh", "-c", script], ...more });
}

/** How many processes inside have `mark` in their command line; the one that looks hides itself by splitting the mark. */
export async function alive(environment: Environment, mark: string): Promise<number> {
  const split = `${mark.slice(0, 2)}''${mark.slice(2)}`;
  const { stdout } = await sh(
    environment,
    `n=0; for f in /proc/[0-9]*/cmdline; do if tr '\\0' ' ' <$f 2>/dev/null | grep -q ${split}; then n=$((n+1)); fi; done; echo $n`,
  );
  return Number(stdout);
}
