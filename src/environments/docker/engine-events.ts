/**
 * Which containers ran out of memory, from the engine's stream of events: asking each container would cost every trial a call,
 * and the state of a container that lives on does not say it.
 */
import { isRecord } from "../../base/is-record.ts";
import { SANDBOX_LABEL } from "./container-config.ts";
import type { EngineClient } from "./engine-client.ts";
import { jsonObjects } from "./json-lines.ts";

export interface MemoryWatch {
  /** Idempotent; resolves when events from now on are seen. */
  begin(): Promise<void>;
  /** Out-of-memory kills seen in this container. */
  kills(container: string): number;
  forget(container: string): void;
  /** Nobody needs it until the next begin. */
  end(): void;
}

export function memoryWatch(client: EngineClient): MemoryWatch {
  const counts = new Map<string, number>();
  let users = 0;
  let open: { readonly stop: AbortController; readonly ready: Promise<void> } | null = null;

  async function listen(stop: AbortController): Promise<void> {
    const filters = JSON.stringify({ type: ["container"], event: ["oom"], label: [SANDBOX_LABEL] });
    const body = await client.stream({ method: "GET", path: "/events", query: { filters }, signal: stop.signal });
    void (async () => {
      try {
        for await (const { Actor } of jsonObjects(body)) {
          const id = isRecord(Actor) ? String(Actor["ID"]) : "";
          counts.set(id, (counts.get(id) ?? 0) + 1);
        }
      } catch (error) {
        // Without the stream a kill is not told apart from another; trials go on.
        if (!(error instanceof Error)) throw error;
      } finally {
        if (open?.stop === stop) open = null;
      }
    })();
  }

  return {
    async begin() {
      users += 1;
      if (open === null) {
        const stop = new AbortController();
        open = { stop, ready: listen(stop) };
      }
      try {
        await open.ready;
      } catch (error) {
        open = null;
        users -= 1;
        throw error;
      }
    },
    kills: (container) => counts.get(container) ?? 0,
    forget: (container) => void counts.delete(container),
    end() {
      users -= 1;
      if (users > 0) return;
      open?.stop.abort();
      open = null;
    },
  };
}
