/**
 * Writes a hostile tree below a directory of the host, and nowhere else.
 *
 * Every parent is looked at before something is put into it, and links are made after everything else: nothing is ever
 * written through a link, neither one that came along nor one that was there. Synchronous: a small file costs some 20 µs
 * this way and ten times that in promises, and a chunk of the stream holds few.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { isErrno } from "../files.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;

export interface UnpackedTree {
  /** @returns null when it was made, or why not. */
  directory(path: Buffer): string | null;
  openFile(path: Buffer): { readonly fd: number } | { readonly refused: string };
  /** `mode` as it was inside; what the owner needs to read it is added, set-uid and the like are taken away. */
  closeFile(fd: number, mode: number): void;
  dropFile(fd: number, path: Buffer): void;
  link(path: Buffer, target: Buffer): string | null;
}

/** `root` may be a file's future path: then its only entry is the empty path. */
export function unpackedTree(root: string): UnpackedTree {
  const base = Buffer.from(root);
  const checked = new Set<string>();
  const at = (path: Buffer): Buffer => (path.length === 0 ? base : Buffer.concat([base, Buffer.from("/"), path]));

  function ensure(path: Buffer): string | null {
    if (path.length === 0) return null;
    const key = path.toString("latin1");
    if (checked.has(key)) return null;
    const above = ensure(parentOf(path));
    if (above !== null) return above;
    const refused = attempt(() => {
      const stat = lstatSync(at(path), { throwIfNoEntry: false });
      if (stat?.isDirectory() !== true) {
        if (stat !== undefined) unlinkSync(at(path));
        mkdirSync(at(path), { mode: 0o755 });
      }
    });
    if (refused === null) checked.add(key);
    return refused;
  }

  /** Clears a place for something new; a directory there is refused. */
  function clear(path: Buffer): string | null {
    const above = ensure(parentOf(path));
    if (above !== null) return above;
    return attempt(() => {
      const stat = lstatSync(at(path), { throwIfNoEntry: false });
      if (stat !== undefined) unlinkSync(at(path));
    });
  }

  return {
    directory: ensure,
    openFile(path) {
      let refused = ensure(parentOf(path));
      let fd = -1;
      const open = () => void (fd = openSync(at(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
      refused ??= attempt(open);
      if (refused === "EEXIST") refused = clear(path) ?? attempt(open);
      return refused === null ? { fd } : { refused };
    },
    closeFile(fd, mode) {
      try {
        fchmodSync(fd, (mode & 0o777) | 0o600);
      } finally {
        closeSync(fd);
      }
    },
    dropFile(fd, path) {
      closeSync(fd);
      rmSync(at(path), { force: true });
    },
    link: (path, target) => clear(path) ?? attempt(() => symlinkSync(target, at(path))),
  };
}

function parentOf(path: Buffer): Buffer {
  const slash = path.lastIndexOf(0x2f);
  return slash < 0 ? Buffer.alloc(0) : path.subarray(0, slash);
}

/** What the names themselves make impossible is an answer; a full disk is not. */
function attempt(action: () => void): string | null {
  try {
    action();
    return null;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return "EEXIST";
    if (isErrno(error, "ENAMETOOLONG")) return "the name is too long for this machine";
    if (isErrno(error, "EISDIR", "ENOTDIR", "EPERM", "EINVAL", "EILSEQ")) return "something else of that name is there";
    throw error;
  }
}

/** All of it; a single write may be cut short. */
export function writeAll(fd: number, chunk: Uint8Array): void {
  for (let at = 0; at < chunk.length;) at += writeSync(fd, chunk, at);
}
