/**
 * Passes an answer on as it comes, and reads it beside. The client's pace is the provider's: nothing piles up here, and a client
 * that takes nothing for too long is cut off, so that it keeps no slot of its account's from others.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { CallEnding } from "../contract/model-call.ts";
import type { GatewayClock } from "./clock.ts";
import { responseHeaders } from "./headers.ts";

export interface Taps {
  /** Before anything is read from a copy: the stream itself never waits. */
  onChunk(chunk: Buffer): void;
  onFirstByte(): void;
}

/** The client took nothing for so long. */
const STALLED_MS = 300_000;

export function relay(
  from: IncomingMessage,
  to: ServerResponse,
  taps: Taps,
  clock: GatewayClock,
  signal: AbortSignal,
): Promise<Exclude<CallEnding, "refused" | "failed">> {
  to.writeHead(from.statusCode ?? 502, responseHeaders(from.rawHeaders, from.headers.connection));
  to.flushHeaders();
  return new Promise((resolve) => {
    let first = true;
    let cancelStall: (() => void) | null = null;
    let over = false;
    const settle = (ending: Exclude<CallEnding, "refused" | "failed">): void => {
      if (over) return;
      over = true;
      cancelStall?.();
      signal.removeEventListener("abort", onAbort);
      if (ending !== "complete") {
        from.destroy();
        to.destroy();
      }
      resolve(ending);
    };
    const onAbort = (): void => settle(to.destroyed ? "cut-by-client" : "cut-by-end");
    from.on("data", (chunk: Buffer) => {
      const room = to.write(chunk);
      if (first) taps.onFirstByte();
      first = false;
      taps.onChunk(chunk);
      if (room || over) return;
      from.pause();
      cancelStall = clock.after(STALLED_MS, () => settle("cut-by-client"));
    });
    to.on("drain", () => {
      cancelStall?.();
      cancelStall = null;
      from.resume();
    });
    from.once("end", () => {
      if (from.complete) to.end(() => settle("complete"));
    });
    from.once("close", () => {
      if (!from.complete) settle("cut-by-provider");
    });
    from.on("error", () => settle(signal.aborted ? "cut-by-client" : "cut-by-provider"));
    to.once("close", () => settle(to.writableFinished ? "complete" : "cut-by-client"));
    to.on("error", () => settle("cut-by-client"));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
