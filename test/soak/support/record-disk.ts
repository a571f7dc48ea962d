/**
 * Records every change that this process makes below a folder, by standing between the program and `node:fs/promises`.
 *
 * A change is recorded when its call is over, so whatever the program did after it stands after it. Whether nothing was missed is
 * not believed: the caller compares the model's last state with the folder itself.
 */
import * as fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join, relative } from "node:path";
import { DiskModel, type DiskOp } from "./disk-model.ts";

export interface DiskRecording {
  readonly ops: readonly DiskOp[];
  mark(what: string): void;
  /** Gives the file system back. */
  stop(): void;
}

type Call = (...args: never[]) => Promise<unknown>;

export async function recordDisk(root: string): Promise<DiskRecording> {
  const { promises } = fs;
  const model = new DiskModel();
  const ops: DiskOp[] = [];
  const undo: (() => void)[] = [];
  const handles = new WeakMap<object, { readonly file: number; readonly append: boolean; at: number }>();
  /** Sizes as programs see them, by id. */
  const sizes = new Map<number, number>();
  const apply = (op: DiskOp): void => {
    model.apply(op);
    ops.push(op);
  };
  const inside = (path: unknown): string | null => {
    if (typeof path !== "string") return null;
    const below = relative(root, path);
    return below === "" || below.startsWith("..") ? null : below;
  };
  const probe = await promises.open("/dev/null");
  const prototype = Object.getPrototypeOf(probe) as Record<string, Call>;
  await probe.close();

  function stand<T extends object>(on: T, name: string, make: (real: Call) => Call): void {
    const table = on as Record<string, Call>;
    const real = table[name];
    if (real === undefined) throw new Error(`there is no ${name} to record`);
    table[name] = make(real);
    undo.push(() => void (table[name] = real));
  }

  function fileAt(path: string, emptied: boolean): number {
    let id = model.idOf(path);
    if (id === null) {
      apply({ op: "create", path });
      id = model.idOf(path) ?? -1;
      sizes.set(id, 0);
    } else if (emptied && (sizes.get(id) ?? 0) > 0) {
      apply({ op: "truncate", file: id, length: 0 });
      sizes.set(id, 0);
    }
    return id;
  }

  function write(file: number, at: number, data: Buffer): void {
    if (data.length === 0) return;
    apply({ op: "write", file, at, data });
    sizes.set(file, Math.max(sizes.get(file) ?? 0, at + data.length));
  }

  stand(promises, "open", (real) => async (...args: unknown[]) => {
    const [path, flags = "r"] = args as [string, (string | number)?];
    const handle = (await real(...(args as never[]))) as object;
    // The root is there from the start, but names in it are synced by it.
    const below = path === root ? "" : inside(path);
    if (below === null) return handle;
    const numeric = typeof flags === "number" ? flags : 0;
    const writes =
      typeof flags === "string" ? /[wa+]/.test(flags) : (numeric & (fs.constants.O_WRONLY | fs.constants.O_RDWR)) !== 0;
    const append = typeof flags === "string" ? flags.startsWith("a") : (numeric & fs.constants.O_APPEND) !== 0;
    const empties = typeof flags === "string" ? flags.startsWith("w") : (numeric & fs.constants.O_TRUNC) !== 0;
    if (writes) handles.set(handle, { file: fileAt(below, empties), append, at: 0 });
    else directories.set(handle, below);
    return handle;
  });
  const directories = new WeakMap<object, string>();

  for (const name of ["writeFile", "appendFile", "write"]) {
    stand(
      prototype,
      name,
      (real) =>
        async function (this: object, ...args: never[]) {
          const result = await real.apply(this, args);
          const place = handles.get(this);
          if (place === undefined) return result;
          const given = args[0] as unknown;
          const data = Buffer.from(given as string);
          const at = place.append ? (sizes.get(place.file) ?? 0) : place.at;
          write(place.file, at, data);
          place.at = at + data.length;
          return result;
        },
    );
  }
  for (const name of ["datasync", "sync"]) {
    stand(
      prototype,
      name,
      (real) =>
        async function (this: object, ...args: never[]) {
          const place = handles.get(this);
          // What was written before the call is safe after it; what came meanwhile may not be.
          const before = place === undefined ? null : ops.length;
          const result = await real.apply(this, args);
          const path = directories.get(this);
          if (place !== undefined && before !== null) apply({ op: "sync-file", file: place.file });
          if (path !== undefined) {
            const id = model.idOf(path);
            if (id !== null && sizes.has(id)) apply({ op: "sync-file", file: id });
            else apply({ op: "sync-dir", path });
          }
          return result;
        },
    );
  }
  stand(promises, "writeFile", (real) => async (...args: unknown[]) => {
    const result = await real(...(args as never[]));
    const below = inside(args[0]);
    if (below !== null) write(fileAt(below, true), 0, Buffer.from(args[1] as string));
    return result;
  });
  stand(promises, "mkdir", (real) => async (...args: unknown[]) => {
    const result = await real(...(args as never[]));
    const below = inside(args[0]);
    if (below === null) return result;
    let path = "";
    for (const part of below.split("/")) {
      path = join(path, part);
      if (model.idOf(path) === null) apply({ op: "mkdir", path });
    }
    return result;
  });
  for (const name of ["rename", "link"] as const) {
    stand(promises, name, (real) => async (...args: unknown[]) => {
      const result = await real(...(args as never[]));
      const [from, to] = [inside(args[0]), inside(args[1])];
      if (from !== null && to !== null) apply({ op: name, from, to });
      return result;
    });
  }
  for (const name of ["unlink", "rmdir"] as const) {
    stand(promises, name, (real) => async (...args: unknown[]) => {
      const result = await real(...(args as never[]));
      const below = inside(args[0]);
      if (below !== null) apply({ op: "remove", path: below });
      return result;
    });
  }
  stand(promises, "rm", (real) => async (...args: unknown[]) => {
    const below = inside(args[0]);
    // One after the other, as a kill would find it in the middle.
    const going =
      below === null || model.idOf(below) === null
        ? []
        : [...model.live().keys()].filter((path) => path === below || path.startsWith(`${below}/`)).toReversed();
    const result = await real(...(args as never[]));
    for (const path of going) apply({ op: "remove", path });
    return result;
  });
  stand(promises, "copyFile", (real) => async (...args: unknown[]) => {
    const result = await real(...(args as never[]));
    const below = inside(args[1]);
    if (below !== null) write(fileAt(below, true), 0, fs.readFileSync(args[1] as string));
    return result;
  });
  syncBuiltinESMExports();

  return {
    ops,
    mark: (what) => apply({ op: "mark", what }),
    stop() {
      for (const back of undo) back();
      syncBuiltinESMExports();
    },
  };
}
