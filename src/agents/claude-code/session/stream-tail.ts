/**
 * Messages that the CLI had printed and not yet recorded when it died, or all of them where there is no session file.
 *
 * A line of the event stream and the one of the session file carry the same uuid: what follows the last one that is recorded
 * is new. Where no line is recorded although there are recorded messages, the two do not belong together and nothing is taken.
 */
import { join } from "node:path";
import { isRecord } from "../../../base/is-record.ts";
import { nameOf } from "../../atif/plain.ts";
import { readSessionLines } from "../../atif/session-lines.ts";
import { STREAM_FILE } from "./event-stream.ts";
import { type Reading, readLine, threadNamed } from "./reading.ts";
import type { Thread } from "./thread.ts";

const MOST_BYTES = 256 << 20;

export async function readStreamTail(reading: Reading, agentDir: string, main: Thread): Promise<string[]> {
  let recorded = [...reading.threads.values()].every(({ byMessage }) => byMessage.size === 0);
  let tail: Record<string, unknown>[] = [];
  let bytes = 0;
  await readSessionLines(join(agentDir, STREAM_FILE), {
    record(event, length) {
      if (event["type"] !== "assistant" && event["type"] !== "user") return;
      const uuid = nameOf(event["uuid"]);
      if (uuid !== null && reading.lines.has(uuid)) {
        recorded = true;
        tail = [];
        bytes = 0;
        return;
      }
      bytes += length;
      if (bytes <= MOST_BYTES) tail.push(event);
    },
  });
  if (!recorded || tail.length === 0) return [];
  let taken = 0;
  for (const event of tail) {
    const thread = threadOf(reading, main, event);
    if (thread === null) continue;
    readLine(reading, thread, asRecorded(event));
    await reading.images.flush();
    taken += 1;
  }
  if (taken === 0) return [];
  return [`${taken} lines come from agent/${STREAM_FILE}: no session file holds them`];
}

/** The stream has only a part of what a subagent says: where its own file is, that is used alone. */
function threadOf(reading: Reading, main: Thread, event: Record<string, unknown>): Thread | null {
  const parent = nameOf(event["parent_tool_use_id"]);
  if (parent === null) return main;
  const others = [...reading.threads.values()].filter(({ kind, id }) => kind === "subagent" && !id.startsWith("call-"));
  if (others.length > 0) return null;
  const thread = threadNamed(reading, `call-${parent}`, "subagent");
  thread.parentCall = parent;
  return thread;
}

function asRecorded(event: Record<string, unknown>): Record<string, unknown> {
  const { message, error } = event;
  return {
    type: event["type"],
    uuid: event["uuid"],
    sessionId: event["session_id"],
    requestId: event["request_id"],
    timestamp: event["timestamp"],
    toolUseResult: event["tool_use_result"],
    message,
    fromStream: true,
    ...(typeof error === "string" && isRecord(message) ? { isApiErrorMessage: true, error } : {}),
  };
}
