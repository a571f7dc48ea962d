/** One attempt at a provider: a request sent, and its answer's beginning, or why there is none. */
import {
  Agent as HttpAgent,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
  request as httpRequest,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { isErrno } from "../host/files.ts";

export interface Connections {
  send(request: UpstreamRequest): Promise<IncomingMessage>;
  close(): void;
}

export interface UpstreamRequest {
  readonly base: URL;
  /** Path and query. */
  readonly path: string;
  readonly method: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer | null;
  /** Ends the request, and an answer that has begun. */
  readonly signal: AbortSignal;
}

/** A provider that accepts no connection in this time is down. */
const CONNECT_MS = 15_000;
const IDLE_MS = 60_000;

export function openConnections(): Connections {
  const settings = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 64, scheduling: "lifo" } as const;
  const plain = new HttpAgent(settings);
  const secure = new HttpsAgent(settings);
  return {
    send({ base, path, method, headers, body, signal }) {
      const options: RequestOptions = {
        protocol: base.protocol,
        hostname: base.hostname.replace(/^\[|\]$/g, ""),
        ...(base.port === "" ? {} : { port: base.port }),
        path,
        method,
        headers,
        signal,
        agent: base.protocol === "https:" ? secure : plain,
      };
      return new Promise((resolve, reject) => {
        const request = base.protocol === "https:" ? httpsRequest(options) : httpRequest(options);
        request.once("socket", (socket) => {
          if (!socket.connecting) return;
          const late = setTimeout(
            () => request.destroy(Object.assign(new Error("no connection in time"), { code: "ETIMEDOUT" })),
            CONNECT_MS,
          );
          const done = (): void => clearTimeout(late);
          socket.once("connect", done);
          socket.once("close", done);
          socket.setKeepAlive(true, IDLE_MS);
        });
        request.on("error", reject);
        request.once("response", resolve);
        request.end(body ?? undefined);
      });
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

/** Whether another attempt may find the provider: a name that does not exist or a wrong certificate stays so. */
export function isPassing(error: unknown): boolean {
  return isErrno(
    error,
    "ECONNREFUSED",
    "ECONNRESET",
    "ECONNABORTED",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "EAI_AGAIN",
  );
}
