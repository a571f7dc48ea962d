/**
 * The fixed lower part of every sandbox: an empty root with its usual directories, and a copy of the host's /etc.
 *
 * /etc is copied, not overlaid, and only what every user of this host may read: root inside could otherwise read
 * password hashes and keys. Built once per content and kept; a directory that is there under its final name is whole.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";
import type { ProcessIdentity } from "../../host/process-identity.ts";
import type { HostFacts } from "./host-facts.ts";
import { basesDir, ownedName, UNBORN } from "./state-directory.ts";

/** Raise it when what is built here changes. */
const FORMAT = 3;
export const HOSTNAME = "sandbox";
const DEVICES = ["null", "zero", "full", "random", "urandom", "tty"];
const WORLD_WRITABLE = ["tmp", "var/tmp"];
const PLAIN = [
  "dev",
  "dev/pts",
  "dev/shm",
  "etc",
  "home",
  "media",
  "mnt",
  "proc",
  "run",
  "run/lock",
  "srv",
  "sys",
  "var",
  "var/backups",
  "var/cache",
  "var/lib",
  "var/local",
  "var/log",
  "var/mail",
  "var/opt",
  "var/spool",
];
/** World-readable on most hosts, and still nobody's business or wrong inside. */
const NOT_COPIED =
  /^(shadow-?|gshadow-?|sudoers|sudoers\.d|machine-id|hostname|hosts|resolv\.conf|fstab|crypttab|ssh\/ssh_host_.*|\.pwd\.lock|docker|kubernetes|cron\..*|letsencrypt)$/;

interface EtcEntry {
  readonly path: string;
  readonly kind: "dir" | "file" | "link";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly stamp: string;
}

/** @returns the absolute path of the base directory: `root/`, `etc/` and `trusted/`. */
export function ensureBaseTree(stateRoot: string, facts: HostFacts, maker: ProcessIdentity | null): string {
  const entries = readEtc();
  const given = { resolv: readGiven("/etc/resolv.conf"), hosts: readGiven("/etc/hosts") };
  const key = createHash("sha256")
    .update(JSON.stringify([FORMAT, process.getuid?.(), facts, entries, given]))
    .digest("hex")
    .slice(0, 16);
  const final = join(basesDir(stateRoot), key);
  if (existsSync(final)) return final;
  const temporary = join(basesDir(stateRoot), ownedName(UNBORN, maker));
  mkdirSync(temporary, { recursive: true, mode: 0o755 });
  try {
    buildRoot(join(temporary, "root"), facts);
    buildEtc(join(temporary, "etc"), facts, entries, given);
    buildTrusted(join(temporary, "trusted"), facts);
    renameSync(temporary, final);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process was quicker: its result is as good.
    if (!isErrno(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
  return final;
}

function buildRoot(root: string, facts: HostFacts): void {
  makeDir(root, 0o755);
  for (const dir of [...PLAIN, ...WORLD_WRITABLE]) makeDir(join(root, dir), 0o755);
  for (const dir of WORLD_WRITABLE) chmodSync(join(root, dir), 0o1777);
  makeDir(join(root, "root"), 0o700);
  for (const tree of facts.trees) mkdirSync(join(root, tree.path), { recursive: true, mode: 0o755 });
  for (const link of facts.links) symlinkSync(link.target, join(root, link.name));
  symlinkSync("/run", join(root, "var/run"));
  symlinkSync("/run/lock", join(root, "var/lock"));
  for (const [name, target] of [
    ["fd", "/proc/self/fd"],
    ["stdin", "/proc/self/fd/0"],
    ["stdout", "/proc/self/fd/1"],
    ["stderr", "/proc/self/fd/2"],
    ["ptmx", "pts/ptmx"],
  ] as const) {
    symlinkSync(target, join(root, "dev", name));
  }
  if (facts.privileged) copyDevices(join(root, "dev"));
  else for (const name of presentDevices()) writeFileSync(join(root, "dev", name), "");
}

export function presentDevices(): readonly string[] {
  return DEVICES.filter((name) => existsSync(`/dev/${name}`));
}

/** Device nodes cannot be made from JavaScript; copying them keeps numbers and modes. Only root may: others bind the host's. */
function copyDevices(to: string): void {
  const sources = presentDevices().map((name) => `/dev/${name}`);
  const copied = spawnSync("/bin/cp", ["-a", ...sources, to], { encoding: "utf8" });
  if (copied.status !== 0) throw new Error(`cannot make device nodes: ${copied.stderr.trim()}`);
}

function makeDir(path: string, mode: number): void {
  mkdirSync(path, { mode });
  // Again, because of the umask.
  chmodSync(path, mode);
}

function makeFile(path: string, content: string, mode = 0o644): void {
  writeFileSync(path, content, { mode });
  chmodSync(path, mode);
}

function buildEtc(
  dir: string,
  facts: HostFacts,
  entries: readonly EtcEntry[],
  given: { resolv: string; hosts: string },
): void {
  makeDir(dir, 0o755);
  for (const entry of entries) {
    const from = join("/etc", entry.path);
    const to = join(dir, entry.path);
    if (entry.kind === "dir") mkdirSync(to);
    else if (entry.kind === "link") symlinkSync(readlinkSync(from), to);
    else copyFileSync(from, to);
    if (facts.privileged) lchownSync(to, entry.uid, entry.gid);
    if (entry.kind !== "link") chmodSync(to, entry.mode);
  }
  makeFile(join(dir, "hostname"), `${HOSTNAME}\n`);
  makeFile(join(dir, "machine-id"), "");
  makeFile(join(dir, "resolv.conf"), given.resolv);
  makeFile(join(dir, "hosts"), `${given.hosts.replace(/\n?$/, "\n")}127.0.1.1 ${HOSTNAME}\n`);
  // Accounts without passwords: tools that look a user up in shadow work, and there is nothing to crack.
  const lines = (file: string, line: (name: string) => string) =>
    readGiven(file)
      .split("\n")
      .map((entry) => entry.split(":")[0] ?? "")
      .filter((name) => name !== "")
      .map(line)
      .join("");
  const users = lines("/etc/passwd", (name) => `${name}:*:19000:0:99999:7:::\n`);
  makeFile(join(dir, "shadow"), users, 0o640);
  const groups = lines("/etc/group", (name) => `${name}:*::\n`);
  makeFile(join(dir, "gshadow"), groups, 0o640);
}

/** The root of the sandbox's own programs. It is bound read-only as it is: only places to mount on, and links. */
function buildTrusted(dir: string, facts: HostFacts): void {
  for (const name of ["dev", "h", "m/b", "m/l", "m/st", "proc", "s", ...facts.systemTrees.map((tree) => tree.path)]) {
    mkdirSync(join(dir, name), { recursive: true, mode: 0o755 });
  }
  for (const link of facts.links) symlinkSync(link.target, join(dir, link.name));
  writeFileSync(join(dir, "dev/null"), "");
}

function readEtc(): readonly EtcEntry[] {
  const entries: EtcEntry[] = [];
  const walk = (prefix: string): void => {
    for (const name of readdirSync(join("/etc", prefix)).toSorted()) {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      if (NOT_COPIED.test(path)) continue;
      const stat = lstatSync(join("/etc", path));
      const kind = stat.isDirectory() ? "dir" : stat.isFile() ? "file" : stat.isSymbolicLink() ? "link" : null;
      if (
        kind === null ||
        (kind !== "link" && (stat.mode & (kind === "dir" ? 0o5 : 0o4)) !== (kind === "dir" ? 0o5 : 0o4))
      )
        continue;
      const stamp =
        kind === "link" ? readlinkSync(join("/etc", path)) : kind === "dir" ? "" : `${stat.size}:${stat.mtimeMs}`;
      entries.push({ path, kind, mode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid, stamp });
      if (kind === "dir") walk(path);
    }
  };
  walk("");
  return entries;
}

function readGiven(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "EACCES", "ENOTDIR")) return "";
    throw error;
  }
}
