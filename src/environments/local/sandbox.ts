/**
 * The namespaces of one sandbox: started, entered by name of their files, ended.
 *
 * Entering goes through descriptors the runner holds open, never through a pid: a pid may be another process's by then,
 * and commands would run in the host's namespaces.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { isErrno } from "../../host/files.ts";
import { EnvironmentFailure } from "../environment.ts";
import { HOSTNAME } from "./base-tree.ts";
import { MOST_PROCESSES } from "./control-group.ts";
import type { HostFacts } from "./host-facts.ts";
import { SETUP } from "./scripts.ts";

export interface SandboxSettings {
  readonly facts: HostFacts;
  readonly stateDir: string;
  /** Directories to make in its memory, relative; empty where upper directories are on disk. */
  readonly memoryDirs: readonly string[];
  readonly hasLayers: boolean;
  readonly network: "public" | "no-network";
  /** cgroup.procs of the first process's group, or null. */
  readonly procs: string | null;
  readonly signal?: AbortSignal | undefined;
}

export interface Sandbox {
  /** The host's pid of the first process. */
  readonly initPid: number;
  /** As /proc shows it: `pid:[4026532…]`. */
  readonly pidNamespace: string;
  /** Arguments of nsenter that lead inside. */
  readonly enter: readonly string[];
  /** Keeps `enter` valid until the function it returns is called, once. @throws EnvironmentFailure when the sandbox is gone. */
  hold(): () => void;
  /** True from the first sign of its end: processes inside die before `gone` settles. */
  readonly isEnding: () => boolean;
  /** True when it was `end` that ended it. */
  readonly wasEnded: () => boolean;
  /** Kills everything inside; settles when it is gone. */
  end(): Promise<void>;
}

/** What the sandbox's own programs get: nothing of the runner's environment. */
export const TOOL_ENV = { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", LC_ALL: "C" };

/** Set-up takes some 10 ms; only a mount that hangs takes this long. */
const STUCK_MS = 15_000;
/** In the order they are entered: the user namespace first, it gives the right to enter the others. */
const NAMESPACES = ["user", "mnt", "pid", "ipc", "uts", "cgroup", "net"] as const;
const NSENTER_OPTION = {
  user: "user",
  mnt: "mount",
  pid: "pid",
  ipc: "ipc",
  uts: "uts",
  cgroup: "cgroup",
  net: "net",
} as const;

export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const { facts, signal } = settings;
  signal?.throwIfAborted();
  const isolated = settings.network === "no-network";
  const procs = openSync(settings.procs ?? "/dev/null", "w");
  let child: ChildProcess;
  try {
    child = spawn(
      facts.tools.unshare,
      [
        ...unshareArguments(facts, isolated),
        "--",
        facts.tools.sh,
        "-c",
        SETUP,
        "sh",
        settings.stateDir,
        HOSTNAME,
        isolated ? "ip link set lo up" : "",
        settings.memoryDirs.join(" "),
        settings.hasLayers ? "/m/l" : "",
        facts.countsProcesses ? String(MOST_PROCESSES) : "",
      ],
      { stdio: ["pipe", "pipe", "pipe", procs], detached: true, env: TOOL_ENV },
    );
  } finally {
    closeSync(procs);
  }
  let gone = false;
  const closed = new Promise<void>((resolve) => {
    const done = () => {
      gone = true;
      resolve();
    };
    child.once("exit", done);
    child.once("error", done);
  });
  // The first process ends when its input does, and unshare only after it was reaped, which the kernel delays until
  // the whole pid namespace is empty: so unshare's end is the end of everything. Killing unshare would lose that.
  let ended = false;
  const end = async (): Promise<void> => {
    ended = true;
    child.stdin?.destroy();
    const stuck = setTimeout(() => child.kill("SIGKILL"), STUCK_MS);
    await closed;
    clearTimeout(stuck);
  };
  const fds: number[] = [];
  try {
    const initPid = await readReport(child);
    signal?.throwIfAborted();
    const names = NAMESPACES.filter((name) => (name !== "user" || !facts.privileged) && (name !== "net" || isolated));
    for (const name of names) fds.push(openSync(`/proc/${initPid}/ns/${name}`, "r"));
    const pidNamespace = readlinkSync(`/proc/self/fd/${fds[names.indexOf("pid")]}`);
    // Read after opening: while the first process is unshare's living child, the descriptors are the sandbox's.
    const parent = Number(
      readFileSync(`/proc/${initPid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[1],
    );
    if (parent !== child.pid || gone)
      throw new EnvironmentFailure("sandbox-start", "the sandbox ended while it started");
    child.stdin?.on("error", () => {
      // The first process is gone; `closed` tells.
    });
    // A number that is closed may name another sandbox's namespace a moment later: not while anybody still enters by it.
    let holders = 1;
    const release = (): void => {
      holders -= 1;
      if (holders === 0) for (const fd of fds) closeSync(fd);
    };
    void closed.then(release);
    const hold = (): (() => void) => {
      if (gone) throw new EnvironmentFailure("sandbox-gone", "the sandbox has ended");
      holders += 1;
      return release;
    };
    const enter = [
      ...names.map((name, index) => `--${NSENTER_OPTION[name]}=/proc/${process.pid}/fd/${fds[index]}`),
      // The one id there is cannot be switched to itself: setgroups is forbidden in such a namespace.
      ...(facts.privileged ? [] : ["--preserve-credentials"]),
    ];
    const isEnding = () => ended || gone || isDying(initPid);
    return { initPid, pidNamespace, enter, hold, isEnding, wasEnded: () => ended, end };
  } catch (error) {
    await end();
    for (const fd of fds) closeSync(fd);
    throw error;
  }
}

/** Only an ordinary user needs a user namespace; its own id is then the only one there is inside. */
function unshareArguments(facts: HostFacts, isolated: boolean): readonly string[] {
  const always = [
    "--mount",
    "--pid",
    "--ipc",
    "--uts",
    "--cgroup",
    "--fork",
    "--kill-child",
    "--propagation",
    "private",
  ];
  return [...always, ...(isolated ? ["--net"] : []), ...(facts.privileged ? [] : ["--user", "--map-root-user"])];
}

/**
 * A process that ends lets go of its memory, and with it of its program, before the kernel kills the rest of its pid namespace.
 * Not told by an empty command line: that is empty for a moment in every exec, too.
 */
function isDying(initPid: number): boolean {
  try {
    readlinkSync(`/proc/${initPid}/exe`);
    return false;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ESRCH")) return true;
    if (isErrno(error, "EACCES", "EPERM")) return false;
    throw error;
  }
}

/** The first process's line `ready <pid>`; what it says on stderr is the error. */
async function readReport(child: ChildProcess): Promise<number> {
  let out = "";
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(0, 4000)));
  const line = new Promise<void>((resolve) => {
    child.stdout?.on("data", (chunk: Buffer) => {
      out += chunk.toString();
      if (out.includes("\n")) resolve();
    });
  });
  const failed = once(child, "close").then(
    () => undefined,
    (error: Error) => void (errors += error.message),
  );
  await Promise.race([line, failed]);
  const pid = /^ready (\d+)$/m.exec(out)?.[1];
  if (pid === undefined) {
    throw new EnvironmentFailure(
      "sandbox-start",
      `the sandbox did not start: ${errors.trim() || "it ended without a word"}`,
    );
  }
  return Number(pid);
}
