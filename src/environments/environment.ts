/**
 * The environment port: a sandbox that a trial runs in.
 *
 * Two contracts: the small `Workspace` that agents and verifiers use, and the `Environment` that only the engine owns.
 * Abilities are data, so that a plan which cannot work fails before the first sandbox.
 * Every implementation passes `testing/contract.ts`.
 */
import type { Readable } from "node:stream";
import type { ClockReading } from "../contract/clock-reading.ts";
import type { ResourceUse } from "../contract/noise.ts";
import type { RanImage } from "../contract/ran-image.ts";
import type { ProcessIdentity } from "../host/process-identity.ts";

export interface ExecRequest {
  readonly argv: readonly string[];
  /** Absolute; default: the environment's working directory. */
  readonly cwd?: string;
  /** Added to the environment's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Name or numeric id; default: the environment's user. */
  readonly user?: string | number;
  /** Default: empty. */
  readonly stdin?: string | Uint8Array | Readable;
  /** When it runs out, the whole process tree inside is killed (`firstSignal`, `graceSec`, SIGKILL). */
  readonly timeoutSec?: number | null;
  /** Default 2. */
  readonly graceSec?: number;
  /** What asks it to end; default SIGTERM. */
  readonly firstSignal?: "SIGTERM" | "SIGINT";
  /** Aborting does what a timeout does. */
  readonly signal?: AbortSignal;
  /** Whoever has a listening socket when the tree is killed is spared, where the environment can tell; best effort. */
  readonly spareServices?: boolean;
  /** Output as it comes. A returned promise holds the stream back; a throw ends the exec. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Uint8Array) => void | Promise<void>;
}

export interface ExecResult {
  readonly ended: "exited" | "timed-out" | "aborted";
  /** 128 + signal number where a signal ended it; null when it was stopped by us. */
  readonly exitCode: number | null;
  readonly seconds: number;
}

/** What may come out of a sandbox that is not trusted. Everything beyond is left out and listed. */
export interface DownloadLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly maxFileBytes: number;
  /** Wall clock for the whole download. */
  readonly timeoutSec: number;
}

export interface DownloadReport {
  readonly files: number;
  readonly bytes: number;
  /** First hundred things left out, with the reason; `leftOutCount` has them all. */
  readonly leftOut: readonly { readonly path: string; readonly reason: string }[];
  readonly leftOutCount: number;
}

/** What an agent or a verifier may do. All paths inside are absolute POSIX paths. */
export interface Workspace {
  exec(request: ExecRequest): Promise<ExecResult>;
  /** @throws FileMissing when there is none; FileTooLarge past `maxBytes` (default 16 MiB). Never follows a link out of the sandbox. */
  readFile(path: string, options?: { readonly maxBytes?: number }): Promise<Buffer>;
  /** Makes parent directories. */
  writeFile(
    path: string,
    data: string | Uint8Array,
    options?: { readonly mode?: number; readonly user?: string | number },
  ): Promise<void>;
  /** Copies a host file or directory to `to` (not into it), with modes and symlinks; merges into an existing directory. */
  upload(from: string, to: string, options?: { readonly user?: string | number }): Promise<void>;
  /**
   * Copies a file or directory out to `to` on the host, from a sandbox that may be hostile: nothing lands outside `to`,
   * links that leave it, devices, sockets and fifos are left out, and the limits hold.
   * @throws FileMissing when `from` does not exist.
   */
  download(from: string, to: string, limits: DownloadLimits): Promise<DownloadReport>;
}

export interface Environment extends Workspace {
  /** Fresh sandbox, ready for exec. On failure or abort nothing of it is left. */
  start(options?: { readonly signal?: AbortSignal; readonly log?: (line: string) => void }): Promise<void>;
  /**
   * Kills every process inside but the environment's own, whatever user, session or group; returns when they are gone.
   * @param spareServices spares those with a listening socket. @returns the names of those
   */
  killProcesses(options?: { readonly spareServices?: boolean }): Promise<readonly string[]>;
  /** Ends everything and removes all of it; safe to call at any time, more than once, also while an exec runs (which then ends `aborted`). */
  stop(): Promise<void>;
  /** What it was made from; null before it is, and where there is nothing of the kind. */
  image(): RanImage | null;
  /** What the sandbox noticed, such as an OOM kill; empty where it cannot know. */
  incidents(): Promise<readonly Incident[]>;
  /** What it has used so far; what it cannot know is null. */
  resources(): Promise<ResourceUse>;
}

export interface Incident {
  readonly kind: "oom-kill" | "pids-limit" | "disk-full";
  readonly message: string;
}

export interface EnvironmentSpec {
  /** Unique among live environments of this host; safe as a file name. */
  readonly name: string;
  /** Labels of the owner: experiment, batch, trial, try, host, boot id, pid, process start time, expiry. */
  readonly labels: Readonly<Record<string, string>>;
  /** `environment/` of the task. */
  readonly contextDir: string;
  readonly dockerfile: string | null;
  readonly dockerImage: string | null;
  /** The task's `workdir`; null = the image's. */
  readonly workdir: string | null;
  /** Set for every exec. */
  readonly env: Readonly<Record<string, string>>;
  readonly network: "public" | "no-network";
  /** TCP ports of this host that stay reachable where others are closed, at the address that `hostPlace` says. */
  readonly hostPorts: readonly number[];
  /** Linux capabilities beyond the environment's usual few, without `CAP_`; only where it can give them. */
  readonly capabilities: readonly string[];
  readonly cpus: number | null;
  readonly memoryMb: number | null;
  /** Build without cache. */
  readonly forceRebuild: boolean;
  /** Host paths that must not be visible inside (the project, the results). */
  readonly hidePaths: readonly string[];
  /** Only where the environment can mount; elsewhere files are uploaded. */
  readonly mounts: readonly ReadOnlyMount[];
  readonly buildTimeoutSec: number;
}

/** A directory of the host that is seen inside, and that nobody inside can change, root neither. */
export interface ReadOnlyMount {
  /** Absolute, on the host. */
  readonly from: string;
  /** Absolute, inside; made with its parents where it is missing. */
  readonly to: string;
}

/** What an environment's file system is made from. */
export type ImageSpec = Pick<
  EnvironmentSpec,
  "contextDir" | "dockerfile" | "dockerImage" | "forceRebuild" | "buildTimeoutSec"
>;

export interface PreparedImage extends RanImage {
  /** With everything that it shares with other images. */
  readonly bytes: number;
}

/** What an environment can do here and now, as data. */
export interface Abilities {
  readonly name: string;
  /** False = cannot run at all on this machine; `problems` then say why and what to do. */
  readonly available: boolean;
  readonly problems: readonly string[];
  readonly enforcesCpus: boolean;
  readonly enforcesMemory: boolean;
  readonly canDisableNetwork: boolean;
  /** Switching to users other than the default one. */
  readonly canSwitchUser: boolean;
  /** Kills of a timed-out exec reach processes that daemonised; false = best effort. */
  readonly killsWholeTree: boolean;
  readonly honoursDockerImage: boolean;
  /** Directories of this host can be mounted read-only. */
  readonly canMount: boolean;
  /** This machine's services and cloud metadata are out of reach of a sandbox with network, too. */
  readonly closesHost: boolean;
  /** A spec's `capabilities` are given. */
  readonly addsCapabilities: boolean;
  /** Of its sandboxes; null = another than these, or not known. */
  readonly arch: "x64" | "arm64" | null;
  /** Plain sentences for `plan` and `doctor`: what is visible inside, what is not enforced. */
  readonly statements: readonly string[];
}

export interface EnvironmentProvider {
  readonly name: string;
  abilities(): Promise<Abilities>;
  /** Why this very spec cannot be run here, in words; empty = it can. No sandbox is started to find out. */
  check(
    spec: Pick<
      EnvironmentSpec,
      "contextDir" | "dockerfile" | "dockerImage" | "workdir" | "network" | "cpus" | "memoryMb"
    >,
  ): Promise<readonly string[]>;
  /**
   * Makes ready what all environments of this kind share (an image, found, pulled or built), once however often it is
   * asked for; it has its own limit on how many at a time. `create(…).start()` then finds it; without it, start does it.
   * @returns what it is and how large, null where there is nothing of the kind
   * @throws BuildFailure or EnvironmentFailure
   */
  prepare(
    spec: ImageSpec,
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<PreparedImage | null>;
  /** What a name, or an id, means here and now, without fetching it; null = nothing, or there is nothing of the kind. */
  imageNamed(name: string): Promise<RanImage | null>;
  create(spec: EnvironmentSpec): Environment;
  /** How a program of this host is reached from inside; null = not at all. */
  hostPlace(network: EnvironmentSpec["network"]): Promise<HostPlace | null>;
  /** Why no sandbox can be started just now, though it once could, in words with what to do; null = one can. Quick. */
  outage(): Promise<string | null>;
  /** Directories of this host that its sandboxes and images take room in; empty where that is another machine's. */
  fills(): Promise<readonly string[]>;
  /**
   * What many sandboxes at a time could use up, measured now.
   * @param network makes what those with a network share, should it not be there
   * @throws EnvironmentFailure when whatever runs them cannot be asked
   */
  capacity(options: { readonly network: boolean }): Promise<Capacity>;
  /**
   * Everything this provider has running or lying about on this host, ours by label.
   * @throws EnvironmentFailure when whatever runs them cannot be asked
   */
  list(): Promise<readonly Leftover[]>;
}

export interface Capacity {
  readonly each: SandboxCost;
  /** For sandboxes with a network; null = they need none of their own, or nobody knows how many there are. */
  readonly addresses: FreeAddresses | null;
  /** Of the machine that sandboxes run on; null = it is this one's own, or not known. */
  readonly clock: ClockReading | null;
}

/** What one sandbox with a trial in it takes of what the system limits for this process and its user. Measured. */
export interface SandboxCost {
  readonly openFiles: number;
  /** With threads. */
  readonly processes: number;
}

export type FreeAddresses =
  | { readonly kind: "addresses"; readonly network: string; readonly subnet: string; readonly free: number }
  /** @see reason the engine's own words */
  | { readonly kind: "no-network"; readonly reason: string };

export type HostPlace =
  /** Where the program has to listen, and what that is called inside. */
  | { readonly kind: "tcp"; readonly listen: string; readonly inside: string }
  /** By a socket in a directory that is mounted. */
  | { readonly kind: "socket" };

export interface Leftover {
  readonly name: string;
  /** The process that made it, where that is known apart from the labels. */
  readonly owner?: ProcessIdentity;
  /** It never got labels, or they are damaged, and nobody is about to give it any. */
  readonly ownerless?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Ends and removes it; idempotent. */
  remove(): Promise<void>;
  /**
   * What can still be had of a directory of it, with the limits and the mistrust of a download, before it is removed.
   * Absent where nothing can; @returns null where there is no such directory.
   */
  salvage?(from: string, to: string, limits: DownloadLimits): Promise<DownloadReport | null>;
}

export class FileMissing extends Error {
  override readonly name = "FileMissing";
}
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
}
/** The sandbox itself failed (could not start, died, lost contact): infrastructure, never the agent. */
export class EnvironmentFailure extends Error {
  override readonly name = "EnvironmentFailure";
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
/** The task's own definition cannot be built: a RUN that fails, a COPY source that is missing. The task is to blame. */
export class BuildFailure extends Error {
  override readonly name = "BuildFailure";
}
