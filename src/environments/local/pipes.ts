/**
 * Real pipes for a child's input and output.
 *
 * Node gives a child sockets, and `/dev/stdout` cannot be opened on a socket: `echo x >/dev/stderr` would fail in any script.
 * So a named pipe is opened at both ends and unlinked at once. Mode 666: a user inside may open its own /dev/stdout.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";

const { O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const BATCH = 24;

export interface Pipe {
  readonly read: number;
  readonly write: number;
}

export interface PipeSource {
  /** The runner reads (without blocking), the child writes. */
  forOutput(): Promise<Pipe>;
  /** The child reads, the runner writes (without blocking). */
  forInput(): Promise<Pipe>;
}

/** Makes its pipes in `dir`, a batch at a time. */
export function pipesIn(dir: string, mkfifo: string): PipeSource {
  const ready: string[] = [];
  let made = 0;
  let filling: Promise<void> | null = null;

  async function fill(): Promise<void> {
    const names = Array.from({ length: BATCH }, () => join(dir, `p${made++}`));
    const child = spawn(mkfifo, ["-m", "666", ...names], { stdio: "ignore", detached: true });
    const [code] = (await once(child, "close")) as [number | null];
    if (code !== 0) throw new Error(`cannot make pipes in ${dir}`);
    ready.push(...names);
  }

  async function take(): Promise<string> {
    for (;;) {
      const path = ready.pop();
      if (path !== undefined) return path;
      filling ??= fill().finally(() => (filling = null));
      await filling;
    }
  }

  return {
    async forOutput() {
      const path = await take();
      const read = openSync(path, O_RDONLY | O_NONBLOCK);
      const write = openSync(path, O_WRONLY);
      unlinkSync(path);
      return { read, write };
    },
    async forInput() {
      const path = await take();
      // A writer needs a reader to open without waiting, and the child's own end must block.
      const first = openSync(path, O_RDONLY | O_NONBLOCK);
      const write = openSync(path, O_WRONLY | O_NONBLOCK);
      const read = openSync(path, O_RDONLY);
      closeSync(first);
      unlinkSync(path);
      return { read, write };
    },
  };
}
