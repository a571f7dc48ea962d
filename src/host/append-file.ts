/**
 * An append-only file with one writer: lines are collected for a moment and written in one go, in order.
 *
 * A disk that fails must not stop a run: the first failure is reported once, later lines are dropped, `flush` and `close` still return.
 */
import { inertLine } from "../base/inert.ts";
import { type FileHandle, open } from "node:fs/promises";

export interface AppendFile {
  /** Appends `text` as one inert line (base/inert.ts). Never throws; written within about a tenth of a second. */
  line(text: string): void;
  /** Everything handed in so far is in the file. */
  flush(): Promise<void>;
  /** `flush`, then synced to the disk. */
  sync(): Promise<void>;
  /** Syncs and closes; later lines are dropped. Safe to call again. */
  close(): Promise<void>;
}

const GATHER_MS = 80;

/** A last line that an earlier writer left unfinished is ended first, so that no line is ever glued to it. */
export async function openAppendFile(path: string, onError: (error: Error) => void): Promise<AppendFile> {
  const file = await open(path, "a+");
  let pending: string[] = (await endsInsideLine(file)) ? [""] : [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let state: "open" | "failed" | "closed" = "open";

  function fail(error: unknown): void {
    if (state !== "open") return;
    state = "failed";
    pending = [];
    onError(error instanceof Error ? error : new Error(String(error)));
  }

  async function writePending(): Promise<void> {
    if (pending.length === 0 || state === "failed") return;
    const text = `${pending.join("\n")}\n`;
    pending = [];
    try {
      await file.appendFile(text);
    } catch (error) {
      fail(error);
    }
  }

  function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(writePending);
    return writing;
  }

  async function sync(): Promise<void> {
    await flush();
    if (state !== "open") return;
    try {
      await file.datasync();
    } catch (error) {
      fail(error);
    }
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await sync();
    state = "closed";
    await file.close();
  }

  return {
    line(text) {
      if (state !== "open" || closing !== undefined) return;
      pending.push(inertLine(text));
      timer ??= setTimeout(() => void flush(), GATHER_MS);
    },
    flush,
    sync,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

async function endsInsideLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== 0x0a;
}
