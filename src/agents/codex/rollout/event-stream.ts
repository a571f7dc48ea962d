/** `agent/codex.txt`: what `codex exec --json` printed, with whatever else it printed between. */
import { join } from "node:path";
import { nameOf, plainText, recordOf } from "../../atif/plain.ts";
import { lineRemarks, readSessionLines } from "../../atif/session-lines.ts";
import { errorIn, type RolloutError } from "./rollout-error.ts";
import { tokensIn } from "./token-usage.ts";
import type { CallUsage } from "./token-usage.ts";

export const STREAM_FILE = "codex.txt";

export interface EventStream {
  readonly found: boolean;
  readonly threadId: string | null;
  /** Of the last turn that was completed: over the whole thread. */
  readonly usage: Omit<CallUsage, "model"> | null;
  readonly failure: RolloutError | null;
  readonly ended: string | null;
  readonly words: string;
  readonly remarks: readonly string[];
}

/** @param item every completed item, for where there is no rollout */
export async function readEventStream(
  agentDir: string,
  item: (item: Record<string, unknown>) => void,
): Promise<EventStream> {
  let threadId: string | null = null;
  let usage: EventStream["usage"] = null;
  let failure: RolloutError | null = null;
  let ended: string | null = null;
  const words: string[] = [];
  const report = await readSessionLines(join(agentDir, STREAM_FILE), {
    record(event) {
      switch (event["type"]) {
        case "thread.started":
          threadId ??= nameOf(event["thread_id"]);
          break;
        case "turn.started":
          ended = null;
          failure = null;
          break;
        case "turn.completed":
          ended = "turn.completed";
          failure = null;
          usage = tokensIn(event["usage"]) ?? usage;
          break;
        case "turn.failed":
          ended = "turn.failed";
          failure = errorIn("turn.failed", recordOf(event["error"]));
          break;
        case "error":
          failure = errorIn("error", event);
          break;
        case "item.completed":
          item(recordOf(event["item"]));
          break;
        default:
      }
    },
    text(line) {
      words.push(plainText(line, 2000));
      if (words.length > 20) words.shift();
    },
  });
  const remarks = lineRemarks(`agent/${STREAM_FILE}`, { ...report, unreadable: 0 });
  return { found: report.state === "read", threadId, usage, failure, ended, words: words.join("\n"), remarks };
}
