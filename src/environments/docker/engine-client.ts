/**
 * The Docker Engine API over its socket: requests, streams and hijacked connections, nothing more.
 *
 * A client of our own and not a library, because the well-kept one depends on an ssh client that compiles itself when it
 * is installed. API: https://docs.docker.com/reference/api/engine/
 */
import { Agent as HttpAgent, type IncomingMessage, request as httpRequest, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { EnvironmentFailure } from "../environment.ts";
import type { EngineAddress } from "./engine-address.ts";

/** The newest API whose answers are known here, and the one to fall back on. */
const NEWEST_API = "1.51";

/** Asked first, and of everybody: who hangs here would hang with whatever else is asked. */
const PING_MS = 15_000;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface EngineRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** Without the version, such as `/containers/json`. */
  readonly path: string;
  readonly query?: Query;
  /** JSON, or bytes as a stream with the type that `headers` name. */
  readonly body?: unknown;
  readonly upload?: Readable | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The engine answered, and refused. `message` is its own. */
export class EngineError extends EnvironmentFailure {
  readonly status: number;
  constructor(status: number, message: string) {
    super("engine-refused", message);
    this.status = status;
  }
}

/** The engine could not be asked, or broke off. */
export class EngineUnreachable extends EnvironmentFailure {
  constructor(message: string, options?: ErrorOptions) {
    super("engine-unreachable", message, options);
  }
}

export interface EngineClient {
  /** The parsed answer; undefined for one without content. */
  json(request: EngineRequest): Promise<unknown>;
  /** The body, to be read to its end or destroyed. */
  stream(request: EngineRequest): Promise<IncomingMessage>;
  /** A connection that the engine turned into a raw two-way stream. */
  hijack(request: EngineRequest): Promise<Duplex>;
  readonly address: EngineAddress;
}

/** @param pingMs how long it may take to answer at all */
export function engineClient(address: EngineAddress, pingMs = PING_MS): EngineClient {
  const tls = address.kind === "tcp" ? address.tls : null;
  const agentOptions = { keepAlive: true, maxSockets: Infinity, timeout: 0 };
  const agent = tls === null ? new HttpAgent(agentOptions) : new HttpsAgent({ ...agentOptions, ...tlsOptions(tls) });
  const place: RequestOptions =
    address.kind === "socket" ? { socketPath: address.path } : { host: address.host, port: address.port };
  let version: Promise<string> | null = null;

  async function apiVersion(): Promise<string> {
    const signal = AbortSignal.timeout(pingMs);
    version ??= send({ method: "GET", path: "/_ping", signal }, "").then(async (answer) => {
      await textOf(answer);
      const said = answer.headers["api-version"];
      return typeof said === "string" && compareVersions(said, NEWEST_API) < 0 ? said : NEWEST_API;
    });
    try {
      return await version;
    } catch (error) {
      version = null;
      if (!(error instanceof Error) || error.name !== "TimeoutError") throw error;
      throw new EngineUnreachable(
        `the Docker engine at ${placeOf(address)} has not answered for ${pingMs / 1000} s: it hangs, or something else listens there (restart it, or set DOCKER_HOST)`,
        { cause: error },
      );
    }
  }

  function open(
    request: EngineRequest,
    prefix: string,
    more: RequestOptions = {},
  ): { readonly message: ReturnType<typeof httpRequest>; readonly json: string | null } {
    const json = request.body === undefined ? null : JSON.stringify(request.body);
    const options: RequestOptions = {
      ...place,
      method: request.method,
      path: `${prefix}${request.path}${queryOf(request.query)}`,
      agent,
      headers: {
        host: "docker",
        ...(json === null
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(json)) }),
        ...request.headers,
        ...(more.headers as Record<string, string> | undefined),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    return { message: tls === null ? httpRequest(options) : httpsRequest(options), json };
  }

  function send(request: EngineRequest, prefix: string): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { message, json } = open(request, prefix);
      let answered = false;
      message.once("error", (error) => reject(unreachable(error, address, request)));
      message.once("response", (answer) => {
        answered = true;
        resolve(answer);
      });
      if (request.upload === undefined) {
        message.end(json ?? undefined);
        return;
      }
      // An engine that refuses answers before it has read everything: then its answer counts, not the broken pipe.
      pipeline(request.upload, message).catch((error: unknown) => {
        if (answered) return;
        message.destroy();
        reject(unreachable(error, address, request));
      });
    });
  }

  async function answered(request: EngineRequest): Promise<IncomingMessage> {
    const answer = await send(request, `/v${await apiVersion()}`);
    const status = answer.statusCode ?? 0;
    if (status < 400) return answer;
    throw new EngineError(status, messageOf(await textOf(answer), status));
  }

  return {
    address,
    async json(request) {
      const text = await textOf(await answered(request));
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    },
    stream: answered,
    async hijack(request) {
      const prefix = `/v${await apiVersion()}`;
      return new Promise<Duplex>((resolve, reject) => {
        const { message, json } = open(request, prefix, { headers: { connection: "Upgrade", upgrade: "tcp" } });
        message.once("error", (error) => reject(unreachable(error, address, request)));
        message.once("upgrade", (_answer, socket, head) => {
          if (head.length > 0) socket.unshift(head);
          resolve(socket);
        });
        message.once("response", (answer) => {
          textOf(answer).then(
            (text) => reject(new EngineError(answer.statusCode ?? 0, messageOf(text, answer.statusCode ?? 0))),
            reject,
          );
        });
        message.end(json ?? undefined);
      });
    },
  };
}

function tlsOptions({ ca, cert, key, verify }: NonNullable<Extract<EngineAddress, { kind: "tcp" }>["tls"]>): object {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: verify,
  };
}

function queryOf(query: Query = {}): string {
  const text = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) text.set(key, String(value));
  return text.size === 0 ? "" : `?${text.toString()}`;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function messageOf(text: string, status: number): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message.trim();
  } catch (error) {
    // Plain text is what some proxies before an engine answer.
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.trim() === "" ? `the Docker engine answered ${status}` : text.trim().slice(0, 2000);
}

function placeOf(address: EngineAddress): string {
  return address.kind === "socket" ? address.path : `${address.host}:${address.port}`;
}

function unreachable(error: unknown, address: EngineAddress, { signal }: EngineRequest): Error {
  if (signal?.aborted === true)
    return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
  const where = placeOf(address);
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const message = error instanceof Error ? error.message : String(error);
  const hint =
    code === "EACCES" || code === "EPERM"
      ? "this user may not use it (add the user to the group docker, or use a rootless engine)"
      : code === "ENOENT" || code === "ECONNREFUSED"
        ? "it does not run (start it, or set DOCKER_HOST)"
        : message;
  return new EngineUnreachable(`the Docker engine at ${where} cannot be reached: ${hint}`, { cause: error });
}

/** `1.9` < `1.41`. */
function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number)) as [number[], number[]];
  return (left[0] ?? 0) - (right[0] ?? 0) || (left[1] ?? 0) - (right[1] ?? 0);
}
