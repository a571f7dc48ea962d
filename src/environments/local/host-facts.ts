/**
 * What this machine offers to build a sandbox from. Read once per provider; everything later is decided from this value.
 *
 * The sandbox sees an allow-list of the host's file tree (`trees`), never the host's root: what is not named here does not exist inside.
 */
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { release } from "node:os";
import { isErrno } from "../../host/files.ts";
import { isMachineRoot } from "../../host/machine-root.ts";

/** A directory of the host that is visible inside, copy on write. `key` names its upper directory on disk. */
export interface Tree {
  readonly path: string;
  readonly key: string;
}

export interface HostFacts {
  /** Root of the whole machine. Root of a user namespace (a rootless container, say) may not make devices, and is as anybody. */
  readonly privileged: boolean;
  /** A sandbox can limit its number of processes without a control group. */
  readonly countsProcesses: boolean;
  /** Absolute paths, below a tree that is visible inside too. */
  readonly tools: Readonly<Record<ToolName, string>>;
  /** `/bin -> usr/bin` and the like, recreated inside. */
  readonly links: readonly { readonly name: string; readonly target: string }[];
  /** Trees that programs need to start: also bound read-only for the sandbox's own trusted tools. */
  readonly systemTrees: readonly Tree[];
  readonly trees: readonly Tree[];
  /** Paths below /proc that exist here and are hidden or made read-only inside. */
  readonly proc: {
    readonly readOnly: readonly string[];
    readonly maskedFiles: readonly string[];
    readonly maskedDirs: readonly string[];
  };
}

const TOOLS = [
  "unshare",
  "nsenter",
  "setpriv",
  "mount",
  "umount",
  "pivot_root",
  "sh",
  "cat",
  "tar",
  "find",
  "mkfifo",
  "env",
] as const;
export type ToolName = (typeof TOOLS)[number];

const TOOL_DIRS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
const SYSTEM_DIRS = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
/** Package databases: without them no package can be installed inside. Nothing else of /var is the tenant's business. */
const VAR_TREES = ["dpkg", "apt", "rpm", "dnf", "pacman", "python", "ucf", "pam"].map((name) => `/var/lib/${name}`);

/** The same lists as Docker's default masked and read-only paths. */
const PROC_READ_ONLY = ["bus", "fs", "irq", "sys", "sysrq-trigger"];
const PROC_MASKED = [
  "acpi",
  "asound",
  "interrupts",
  "kcore",
  "keys",
  "latency_stats",
  "sched_debug",
  "scsi",
  "timer_list",
  "timer_stats",
];

/** @returns the facts, or the sentences that say why there can be no sandbox here. */
export function readHostFacts(): HostFacts | { readonly problems: readonly string[] } {
  if (process.platform !== "linux") {
    return { problems: ["local sandboxes need Linux namespaces: use the docker environment on this system"] };
  }
  const found = TOOLS.map((name) => [name, findTool(name)] as const);
  const missing = found.filter(([, path]) => path === null).map(([name]) => name);
  if (missing.length > 0) {
    return {
      problems: [
        `these programs are missing: ${missing.join(", ")} (they come with util-linux, coreutils, findutils and GNU tar)`,
      ],
    };
  }
  const links = [];
  const systemTrees: Tree[] = [tree("/usr")];
  for (const name of SYSTEM_DIRS) {
    const kind = kindOf(`/${name}`);
    if (kind === "link") links.push({ name, target: readlinkSync(`/${name}`) });
    else if (kind === "dir") systemTrees.push(tree(`/${name}`));
  }
  const others = ["/opt", ...VAR_TREES].filter((path) => kindOf(path) === "dir").map(tree);
  return {
    privileged: isMachineRoot(),
    countsProcesses: countsProcesses(release()),
    tools: Object.fromEntries(found) as Record<ToolName, string>,
    links,
    systemTrees,
    trees: [...systemTrees, ...others],
    proc: {
      readOnly: PROC_READ_ONLY.map(procPath).filter((path) => kindOf(path) !== null),
      maskedFiles: PROC_MASKED.map(procPath).filter((path) => kindOf(path) === "file"),
      maskedDirs: PROC_MASKED.map(procPath).filter((path) => kindOf(path) === "dir"),
    },
  };
}

/**
 * Since Linux 6.14 every pid namespace has a kernel.pid_max of its own; before, writing it changes the whole machine's.
 * @param kernel such as `6.18.4-amd64`
 */
export function countsProcesses(kernel: string): boolean {
  const [major = 0, minor = 0] = kernel.split(".").map((part) => Number.parseInt(part, 10));
  return major > 6 || (major === 6 && minor >= 14);
}

function procPath(name: string): string {
  return `/proc/${name}`;
}

function tree(path: string): Tree {
  return { path, key: path.slice(1).replaceAll("/", ".") };
}

/** Never through PATH: a tool from a home directory would not exist inside. */
export function findTool(name: string): string | null {
  for (const dir of TOOL_DIRS) {
    try {
      accessSync(`${dir}/${name}`, constants.X_OK);
      if (statSync(`${dir}/${name}`).isFile()) return `${dir}/${name}`;
    } catch (error) {
      if (!isErrno(error, "ENOENT", "EACCES", "ENOTDIR")) throw error;
    }
  }
  return null;
}

function kindOf(path: string): "link" | "dir" | "file" | null {
  try {
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return "link";
    return stat.isDirectory() ? "dir" : "file";
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES")) return null;
    throw error;
  }
}

export interface HostMount {
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

/** Linux's own view of what is mounted where, unescaped, in order. */
export function readMounts(): readonly HostMount[] {
  return readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.length >= 4)
    .map(([, target = "", type = "", options = ""]) => ({
      target: target.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
      type,
      options,
    }));
}
