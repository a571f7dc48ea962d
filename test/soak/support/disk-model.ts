/**
 * A file system as a value, with what of it has reached the disk: directories and files as programs see them, and as a power cut
 * would leave them.
 *
 * The rules are those that hold everywhere: content is safe after a sync of its file, a name after a sync of its directory, a rename
 * happens in both directories or in none. Whatever is not safe may be there or not, each on its own; only changes of one and
 * the same name keep their order.
 */
export type DiskOp =
  | { readonly op: "mkdir"; readonly path: string }
  | { readonly op: "create"; readonly path: string }
  | { readonly op: "write"; readonly file: number; readonly at: number; readonly data: Buffer }
  | { readonly op: "truncate"; readonly file: number; readonly length: number }
  | { readonly op: "sync-file"; readonly file: number }
  | { readonly op: "sync-dir"; readonly path: string }
  | { readonly op: "rename"; readonly from: string; readonly to: string }
  | { readonly op: "link"; readonly from: string; readonly to: string }
  | { readonly op: "remove"; readonly path: string }
  /** Not of the disk: the run says that something has happened for good. */
  | { readonly op: "mark"; readonly what: string };

interface Dir {
  readonly kind: "dir";
  readonly live: Map<string, number>;
  readonly kept: Map<string, number>;
}
interface File {
  readonly kind: "file";
  live: Buffer;
  /** null = nothing of it was ever synced */
  kept: Buffer | null;
}

interface Change {
  readonly effects: readonly { readonly dir: number; readonly name: string; readonly node: number | null }[];
}

export interface Losses {
  /** Whether a change of names that is not synced is on the disk all the same. */
  name(): boolean;
  /** What is on the disk of content that is not synced. */
  content(live: Buffer, kept: Buffer): Buffer;
}

/** Paths relative to the root; a folder's content is null. */
export type Tree = ReadonlyMap<string, Buffer | null>;

const ROOT = 0;

export class DiskModel {
  readonly #nodes: (Dir | File)[] = [{ kind: "dir", live: new Map(), kept: new Map() }];
  #pending: Change[] = [];

  /** @returns the id of a path as programs see it. */
  idOf(path: string): number | null {
    let id = ROOT;
    for (const part of partsOf(path)) {
      const node = this.#nodes[id];
      const next = node?.kind === "dir" ? node.live.get(part) : undefined;
      if (next === undefined) return null;
      id = next;
    }
    return id;
  }

  apply(op: DiskOp): void {
    switch (op.op) {
      case "mkdir":
        if (this.idOf(op.path) === null) this.#add(op.path, { kind: "dir", live: new Map(), kept: new Map() });
        break;
      case "create":
        this.#add(op.path, { kind: "file", live: Buffer.alloc(0), kept: null });
        break;
      case "write": {
        const file = this.#file(op.file);
        const length = Math.max(file.live.length, op.at + op.data.length);
        const next = Buffer.alloc(length);
        file.live.copy(next);
        op.data.copy(next, op.at);
        file.live = next;
        break;
      }
      case "truncate": {
        const file = this.#file(op.file);
        file.live = Buffer.concat([file.live.subarray(0, op.length)]);
        break;
      }
      case "sync-file": {
        const file = this.#file(op.file);
        file.kept = file.live;
        break;
      }
      case "sync-dir": {
        const dir = this.idOf(op.path);
        if (dir !== null) this.#settle(dir);
        break;
      }
      case "rename": {
        const node = this.idOf(op.from);
        if (node === null) throw new Error(`the model has no ${op.from}`);
        const [from, to] = [this.#place(op.from), this.#place(op.to)];
        this.#change([
          { ...from, node: null },
          { ...to, node },
        ]);
        break;
      }
      case "link": {
        const node = this.idOf(op.from);
        if (node === null) throw new Error(`the model has no ${op.from}`);
        this.#change([{ ...this.#place(op.to), node }]);
        break;
      }
      case "remove":
        if (this.idOf(op.path) !== null) this.#change([{ ...this.#place(op.path), node: null }]);
        break;
      case "mark":
        break;
    }
  }

  /** As programs see it: what a killed process leaves. */
  live(): Tree {
    return this.#walk(
      (dir) => dir.live,
      (file) => file.live,
    );
  }

  /** As a power cut leaves it. */
  after(losses: Losses): Tree {
    const kept = new Map<number, Map<string, number>>();
    const entriesOf = (id: number): Map<string, number> => {
      const node = this.#nodes[id];
      const entries = kept.get(id) ?? new Map(node?.kind === "dir" ? node.kept : []);
      kept.set(id, entries);
      return entries;
    };
    const lost = new Set<string>();
    for (const { effects } of this.#pending) {
      const keys = effects.map(({ dir, name }) => `${dir}/${name}`);
      if (keys.some((key) => lost.has(key)) || !losses.name()) {
        for (const key of keys) lost.add(key);
        continue;
      }
      for (const { dir, name, node } of effects) {
        if (node === null) entriesOf(dir).delete(name);
        else entriesOf(dir).set(name, node);
      }
    }
    const contents = new Map<File, Buffer>();
    return this.#walk(
      (_dir, id) => entriesOf(id),
      (file) => {
        const content = contents.get(file) ?? this.#contentAfter(file, losses);
        contents.set(file, content);
        return content;
      },
    );
  }

  #contentAfter(file: File, losses: Losses): Buffer {
    const kept = file.kept ?? Buffer.alloc(0);
    return file.kept !== null && file.live.equals(kept) ? kept : losses.content(file.live, kept);
  }

  #walk(entries: (dir: Dir, id: number) => ReadonlyMap<string, number>, content: (file: File) => Buffer): Tree {
    const tree = new Map<string, Buffer | null>();
    const visit = (id: number, path: string): void => {
      const node = this.#nodes[id];
      if (node === undefined) return;
      if (node.kind === "file") {
        tree.set(path, content(node));
        return;
      }
      if (path !== "") tree.set(path, null);
      for (const [name, child] of entries(node, id)) visit(child, path === "" ? name : `${path}/${name}`);
    };
    visit(ROOT, "");
    return tree;
  }

  #file(id: number): File {
    const node = this.#nodes[id];
    if (node?.kind !== "file") throw new Error(`the model's node ${id} is no file`);
    return node;
  }

  #add(path: string, node: Dir | File): void {
    const id = this.#nodes.push(node) - 1;
    this.#change([{ ...this.#place(path), node: id }]);
  }

  #place(path: string): { readonly dir: number; readonly name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    const dir = this.idOf(parts.join("/"));
    if (dir === null || name === undefined) throw new Error(`the model has no folder for ${path}`);
    return { dir, name };
  }

  #change(effects: Change["effects"]): void {
    for (const { dir, name, node } of effects) {
      const parent = this.#nodes[dir];
      if (parent?.kind !== "dir") continue;
      if (node === null) parent.live.delete(name);
      else parent.live.set(name, node);
    }
    this.#pending.push({ effects });
  }

  #settle(dir: number): void {
    const needed = new Set<string>();
    const safe: Change[] = [];
    const rest: Change[] = [];
    for (const change of this.#pending.toReversed()) {
      const keys = change.effects.map((effect) => `${effect.dir}/${effect.name}`);
      if (change.effects.some((effect) => effect.dir === dir) || keys.some((key) => needed.has(key))) {
        for (const key of keys) needed.add(key);
        safe.push(change);
      } else rest.push(change);
    }
    for (const { effects } of safe.toReversed())
      for (const effect of effects) {
        const parent = this.#nodes[effect.dir];
        if (parent?.kind !== "dir") continue;
        if (effect.node === null) parent.kept.delete(effect.name);
        else parent.kept.set(effect.name, effect.node);
      }
    this.#pending = rest.toReversed();
  }
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}
