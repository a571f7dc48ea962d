/**
 * The mounts of a sandbox as fstab text, so that one `mount --all` makes them all.
 * No `x-` options: mount(8) would note them in the host's /run/mount/utab, and read that whole file at every later mount.
 *
 * Two tables. The first is mounted from the host's root and makes the *trusted root*: the host's system directories and a
 * masked /proc, all read-only; the sandbox's own tools run from it, where no tenant can replace them. A tenant's root may
 * climb into it from its chroot: so nothing in it is writable, and nothing is there that the tenant does not see anyway.
 * After pivot_root the second makes the tenant's root at /s: an overlay of layers, with an overlay per visible host tree.
 * Inside the trusted root all paths are short and fixed, which keeps overlay's option string below a page with many layers.
 */
import type { ReadOnlyMount } from "../environment.ts";
import type { HostFacts, HostMount, Tree } from "./host-facts.ts";

export interface SandboxMounts {
  readonly facts: HostFacts;
  /** Absolute host path of the environment's directory. */
  readonly stateDir: string;
  /** Absolute host path of the built base (see base-tree.ts). */
  readonly baseDir: string;
  /** Absolute host path of the layer store, and the layers on top of the host's files, oldest first. */
  readonly layersDir: string;
  readonly layers: readonly { readonly id: string; readonly trees: readonly string[] }[];
  /** Upper directories on disk, or in a tmpfs of the sandbox where the disk cannot hold one. */
  readonly upper: "disk" | "memory";
  /** Overlays that never sync: faster, and what is thrown away need not survive a crash. */
  readonly volatile: boolean;
  /** Absolute host directories that must not be seen, even below a visible tree. */
  readonly hidePaths: readonly string[];
  /** Mounted read-only, at paths inside. */
  readonly mounts: readonly ReadOnlyMount[];
  /** Names below /dev. */
  readonly devices: readonly string[];
  readonly hostMounts: readonly HostMount[];
}

/** Upper directory of everything that is not below a visible host tree. */
export const ROOT_KEY = "root";
const ETC: Tree = { path: "/etc", key: "etc" };

export function upperKeys(facts: HostFacts): readonly string[] {
  return [ROOT_KEY, ETC.key, ...facts.trees.map((tree) => tree.key)];
}

export function trustedTable(mounts: SandboxMounts): string {
  const { facts } = mounts;
  const at = (path: string) => `${mounts.stateDir}/t${path}`;
  return table([
    readOnlyBind(mounts, `${mounts.baseDir}/trusted`, at("")),
    ...facts.systemTrees.map(({ path }) => readOnlyBind(mounts, path, at(path))),
    ["/dev/null", at("/dev/null"), "none", "bind"],
    ["proc", at("/proc"), "proc", "nosuid,nodev,noexec"],
    ...facts.proc.readOnly.map((path) => [at(path), at(path), "none", "bind,ro,nosuid,nodev,noexec"]),
    ...facts.proc.maskedFiles.map((path) => ["/dev/null", at(path), "none", "bind"]),
    ...[...facts.proc.maskedDirs, ...hiddenBelow(facts.systemTrees, mounts.hidePaths)].map((path) => emptyAt(at(path))),
    ...(mounts.upper === "memory" ? [["tmpfs", memoryDir(mounts), "tmpfs", "mode=755,nosuid"]] : []),
  ]);
}

export function tenantTable(mounts: SandboxMounts): string {
  const { facts } = mounts;
  const trees = [{ path: "", key: ROOT_KEY }, ETC, ...facts.trees];
  return table([
    [`/h${mounts.upper === "memory" ? memoryDir(mounts) : mounts.stateDir}`, "/m/st", "none", "bind"],
    [`/h${mounts.baseDir}`, "/m/b", "none", "bind"],
    ...(mounts.layers.length > 0 ? [[`/h${mounts.layersDir}`, "/m/l", "none", "bind"]] : []),
    ...trees.map((tree) => ["overlay", `/s${tree.path}`, "overlay", overlayOptions(mounts, tree)]),
    ...hiddenBelow(facts.trees, mounts.hidePaths).map((path) => emptyAt(`/s${path}`)),
    ["/proc", "/s/proc", "none", "rbind"],
    ...(facts.privileged ? [] : mounts.devices.map((name) => [`/h/dev/${name}`, `/s/dev/${name}`, "none", "bind"])),
    ["devpts", "/s/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,nosuid,noexec"],
    ["shm", "/s/dev/shm", "tmpfs", "mode=1777,size=256m,nosuid,nodev"],
    // The one option that is not mount(2)'s: mount(8) makes the place. With a capital X it notes nothing down.
    ...mounts.mounts.map(({ from, to }) => readOnlyBind(mounts, from, `/s${to}`, `/h${from}`, MOUNTED)),
  ]);
}

/** Where upper directories lie when they are in memory: the sandbox's own tmpfs, on a directory of the environment's. */
function memoryDir(mounts: Pick<SandboxMounts, "stateDir">): string {
  return `${mounts.stateDir}/m`;
}

/** In a user namespace flags of the mount below may not be dropped: a read-only bind repeats them. */
function readOnlyBind(
  mounts: SandboxMounts,
  from: string,
  to: string,
  source = from,
  more: readonly string[] = [],
): readonly string[] {
  const covering = mounts.hostMounts
    .filter(({ target }) => from === target || from.startsWith(target === "/" ? "/" : `${target}/`))
    .reduce<HostMount | null>(
      (best, each) => (best === null || each.target.length >= best.target.length ? each : best),
      null,
    );
  const kept = (covering?.options.split(",") ?? []).filter((option) => KEPT_FLAGS.has(option));
  return [source, to, "none", [...new Set(["bind", "ro", ...kept, ...more])].join(",")];
}

const MOUNTED = ["nosuid", "nodev", "X-mount.mkdir=0755"];

const KEPT_FLAGS = new Set(["nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"]);

function emptyAt(path: string): readonly string[] {
  return ["tmpfs", path, "tmpfs", "ro,size=4k,mode=755,nosuid,nodev"];
}

/** Only what lies in a visible tree needs hiding; the rest is not there to begin with. */
function hiddenBelow(trees: readonly Tree[], paths: readonly string[]): readonly string[] {
  return paths.filter((path) => trees.some((tree) => `${path}/`.startsWith(`${tree.path}/`)));
}

function overlayOptions(mounts: SandboxMounts, tree: Tree): string {
  const own = tree.key === ROOT_KEY || tree.key === ETC.key ? `/m/b/${tree.key}` : `/h${tree.path}`;
  const layers = mounts.layers
    .filter((layer) => layer.trees.includes(tree.key))
    .map((layer) => `/m/l/${layer.id}/${tree.key}`);
  const lower = [...layers.toReversed(), own].join(":");
  const flags = [...(mounts.volatile ? ["volatile"] : []), ...(mounts.facts.privileged ? [] : ["userxattr"])];
  return [`lowerdir=${lower}`, `upperdir=/m/st/u/${tree.key}`, `workdir=/m/st/w/${tree.key}`, ...flags].join(",");
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(escape).join(" ")} 0 0\n`).join("");
}

/** fstab separates by blanks and escapes by octal. */
function escape(field: string): string {
  return field.replaceAll(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
