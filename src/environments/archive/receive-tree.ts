/**
 * A tar stream out of a sandbox that is not trusted, written below a folder of the host: every entry is judged by what the
 * stream itself says, whatever was known about it before.
 */
import { isUtf8 } from "node:buffer";
import { copyFileSync } from "node:fs";
import type { DownloadLimits } from "../environment.ts";
import { type LeftOut, tooLarge, tooMany, tooMuch } from "./left-out.ts";
import { TarDamage, type TarHeader, tarReader } from "../../host/archive/tar-reader.ts";
import { unpackedTree, writeAll } from "../../host/archive/unpacked-tree.ts";

/** Longer paths cannot be opened by name. */
export const MAX_PATH = 4000;

export interface ReceiveRequest {
  /** For reports. */
  readonly from: string;
  /** A folder that exists; of a single file its future path. */
  readonly to: string;
  readonly single: boolean;
  readonly limits: DownloadLimits;
  readonly leftOut: LeftOut;
  /** The entry's path below the root, empty for the root itself; null = it does not belong here. */
  readonly pathOf: (name: Buffer) => Buffer | null;
}

export interface Receiver {
  /** @throws TarDamage when the stream is no tar any more. */
  read(chunk: Buffer): void;
  /** After the last chunk; `damage` says why it was the last, null = the stream was whole. */
  settle(damage: string | null): { readonly files: number; readonly bytes: number };
}

export function receiveTree({ from, to, single, limits, leftOut, pathOf }: ReceiveRequest): Receiver {
  const tree = unpackedTree(to);
  const links: { readonly path: Buffer; readonly target: Buffer; readonly hard: boolean }[] = [];
  /** As latin1, so that equal bytes are equal keys. */
  const written = new Set<string>();
  let current: { readonly fd: number; readonly path: Buffer; readonly mode: number } | null = null;
  let files = 0;
  let directories = 0;
  let bytes = 0;

  function take(header: TarHeader): void {
    const path = pathOf(header.name);
    if (path === null) {
      leftOut.add(header.name, "not what was asked for");
      return;
    }
    const refused = put(header, path);
    if (refused !== null) leftOut.add(path.length === 0 ? from : path, refused);
  }

  function put({ kind, target, size, mode }: TarHeader, path: Buffer): string | null {
    if (path.length > MAX_PATH) return "the path is too long";
    // Most programs could not open it by its name, ours neither.
    if (!isUtf8(path)) return "its name is not UTF-8";
    if (kind === "directory") {
      if (single) return "it became a directory";
      if (path.length > 0 && ++directories > limits.maxFiles) return tooMany(limits.maxFiles);
      return tree.directory(path);
    }
    if (!single && path.length === 0) return "it is no directory any more";
    if (kind === "link" || kind === "hard-link") {
      if (files + links.length >= limits.maxFiles) return tooMany(limits.maxFiles);
      const inside = kind === "hard-link" ? pathOf(target) : staysInside(path, target) ? target : null;
      if (single || inside === null) return "a link that leads out";
      links.push({ path, target: inside, hard: kind === "hard-link" });
      return null;
    }
    if (kind !== "file") return "neither a file, a directory nor a link";
    if (size > limits.maxFileBytes) return tooLarge(limits.maxFileBytes);
    if (bytes + size > limits.maxBytes) return tooMuch(limits.maxBytes);
    if (files + links.length >= limits.maxFiles) return tooMany(limits.maxFiles);
    const opened = tree.openFile(path);
    if ("refused" in opened) return opened.refused;
    bytes += size;
    current = { fd: opened.fd, path, mode };
    return null;
  }

  /** Another name of a file that came before becomes a file of its own: here nothing shares its content with anything. */
  function copyOf(path: Buffer, original: Buffer): string | null {
    if (!written.has(original.toString("latin1"))) return "another name of a file that was left out";
    const opened = tree.openFile(path);
    if ("refused" in opened) return opened.refused;
    tree.closeFile(opened.fd, 0o644);
    const base = Buffer.from(`${to}/`);
    copyFileSync(Buffer.concat([base, original]), Buffer.concat([base, path]));
    written.add(path.toString("latin1"));
    return null;
  }

  return {
    read: tarReader({
      entry: take,
      data: (chunk) => {
        if (current !== null) writeAll(current.fd, chunk);
      },
      entryEnd: () => {
        if (current === null) return;
        const { fd, mode, path } = current;
        current = null;
        files += 1;
        written.add(path.toString("latin1"));
        tree.closeFile(fd, mode);
      },
    }),
    settle(damage) {
      const partial = current as { readonly fd: number; readonly path: Buffer } | null;
      current = null;
      if (partial !== null) {
        tree.dropFile(partial.fd, partial.path);
        leftOut.add(single ? from : partial.path, damage ?? "its content did not come whole");
      }
      for (const { path, target, hard } of links) {
        const refused = hard ? copyOf(path, target) : tree.link(path, target);
        if (refused === null) files += 1;
        else leftOut.add(path, refused);
      }
      return { files, bytes };
    },
  };
}

/** Runs what feeds a receiver. @returns why the stream ended early, null when it did not. */
export async function damageOf(feed: () => Promise<string | null>): Promise<string | null> {
  try {
    return await feed();
  } catch (error) {
    if (error instanceof TarDamage) return `the copy is damaged: ${error.message}`;
    throw error;
  }
}

/** The entry's path below the root; null for one that is absolute or climbs; empty for the root itself. */
export function plainPath(name: Buffer): Buffer | null {
  const parts = name
    .toString("latin1")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (name[0] === 0x2f || parts.includes("..")) return null;
  return Buffer.from(parts.join("/"), "latin1");
}

/** Only leading `..` count: one behind a name may pass another link and climb further than it seems. */
function staysInside(path: Buffer, target: Buffer): boolean {
  if (target.length === 0 || target[0] === 0x2f) return false;
  const parts = target
    .toString("latin1")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  const down = parts.findIndex((part) => part !== "..");
  const up = down < 0 ? parts.length : down;
  const depth = path.toString("latin1").split("/").length - 1;
  return up <= depth && !parts.slice(up).includes("..");
}
