/**
 * `regatta watch`: the events of a run that goes on elsewhere, read from its journal as they are written.
 *
 * A last line that is not whole yet is waited for. It ends when the launch has said that it is over, or when its owner is gone.
 */
import { open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../base/is-record.ts";
import type { StampedEvent } from "../contract/event.ts";
import { isErrno, parseJsonTolerant } from "../host/files.ts";
import { journalFile } from "../results/layout.ts";
import { readOwner } from "../results/lease.ts";

const LOOK_EVERY_MS = 200;
const PIECE = 1 << 16;

/** @param launch whose events are wanted. @param closed aborted when nobody reads any more */
export async function followJournal(
  batchDir: string,
  launch: number,
  onEvent: (event: StampedEvent) => void,
  closed: AbortSignal,
): Promise<void> {
  const file = await openJournal(batchDir);
  if (file === null) return;
  let rest = "";
  let at = 0;
  const buffer = Buffer.alloc(PIECE);
  const decoder = new TextDecoder();
  const readAll = async (): Promise<void> => {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, PIECE, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const event = eventIn(line);
        if (event !== null && event.launch === launch) onEvent(event);
      }
    }
  };
  try {
    while (!closed.aborted) {
      // Asked first: what was written before its owner went is then still read.
      const { state } = await readOwner(batchDir);
      await readAll();
      if (state !== "live") return;
      await delay(LOOK_EVERY_MS);
    }
  } finally {
    await file.close();
  }
}

async function openJournal(batchDir: string) {
  try {
    return await open(journalFile(batchDir), "r");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return null;
    throw error;
  }
}

function eventIn(line: string): StampedEvent | null {
  const read = parseJsonTolerant(line);
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { type, at, seq, launch } = read.value;
  if (typeof type !== "string" || typeof at !== "string" || typeof seq !== "number") return null;
  return typeof launch === "number" ? (read.value as unknown as StampedEvent) : null;
}
