/**
 * The mounts of a sandbox as fstab text, so that one `mount --all` makes them all.
 *
 * Two tables. The first is mounted from the host's root and makes the *trusted root*: a small tmpfs with the host's system
 * directories read-only and a masked /proc; the sandbox's own tools run from it, where no tenant can replace them.
 * After pivot_root the second makes the tenant's root at /s: an overlay of layers, with an overlay per visible host tree.
 * Inside the trusted root all paths are short and fixed, which keeps overlay's option string below a page with many layers.
 */
import type { HostFacts, Tree } from "./host-facts.ts";

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
  readonly volatile: boolean;
}

/** Upper directory of everything that is not below a visible host tree. */
export const ROOT_KEY = "root";
export const ETC: Tree = { path: "/etc", key: "etc" };

export function upperKeys(facts: HostFacts): readonly string[] {
  return [ROOT_KEY, ETC.key, ...facts.trees.map((tree) => tree.key)];
}

export function trustedTable(mounts: SandboxMounts): string {
  const { facts } = mounts;
  const at = (path: string) => `${mounts.stateDir}/t${path}`;
  return table([
    ["tmpfs", at(""), "tmpfs", "mode=755,size=1m,nosuid"],
    ...facts.systemTrees.map(({ path }) => [path, at(path), "none", "bind,ro,x-mount.mkdir"]),
    ["proc", at("/proc"), "proc", "nosuid,nodev,noexec,x-mount.mkdir"],
    ...facts.proc.readOnly.map((path) => [at(path), at(path), "none", "bind,ro,nosuid,nodev,noexec"]),
    ...facts.proc.maskedFiles.map((path) => ["/dev/null", at(path), "none", "bind"]),
    ...facts.proc.maskedDirs.map((path) => ["tmpfs", at(path), "tmpfs", "ro,size=4k"]),
  ]);
}

export function tenantTable(mounts: SandboxMounts): string {
  const { facts } = mounts;
  const trees = [{ path: "", key: ROOT_KEY }, ETC, ...facts.trees];
  return table([
    [`/h${mounts.stateDir}`, "/m/st", "none", "bind"],
    [`/h${mounts.baseDir}`, "/m/b", "none", "bind,ro"],
    ...(mounts.layers.length > 0 ? [[`/h${mounts.layersDir}`, "/m/l", "none", "bind,ro"]] : []),
    ...trees.map((tree) => ["overlay", `/s${tree.path}`, "overlay", overlayOptions(mounts, tree)]),
    ["/proc", "/s/proc", "none", "rbind"],
    ["devpts", "/s/dev/pts", "devpts", "newinstance,ptmxmode=0666,mode=0620,nosuid,noexec"],
    ["shm", "/s/dev/shm", "tmpfs", "mode=1777,size=256m,nosuid,nodev"],
  ]);
}

function overlayOptions(mounts: SandboxMounts, tree: Tree): string {
  const own = tree.key === ROOT_KEY || tree.key === ETC.key ? `/m/b/${tree.key}` : `/h${tree.path}`;
  const layers = mounts.layers
    .filter((layer) => layer.trees.includes(tree.key))
    .map((layer) => `/m/l/${layer.id}/${tree.key}`);
  const lower = [...layers.toReversed(), own].join(":");
  return `lowerdir=${lower},upperdir=/m/st/u/${tree.key},workdir=/m/st/w/${tree.key}${mounts.volatile ? ",volatile" : ""}`;
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(escape).join(" ")} 0 0\n`).join("");
}

/** fstab separates by blanks and escapes by octal. */
function escape(field: string): string {
  return field.replaceAll(/[\s\\#]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
