/**
 * GET over HTTP for whatever is fetched in bulk: redirects, the usual proxy variables, and an end to servers that stand still.
 * Node's own fetch honours proxies only from Node 24 on, and then only when asked to; companies have them everywhere.
 */
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect as tlsConnect, type TLSSocket } from "node:tls";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read or destroyed by whoever asked. */
  readonly body: IncomingMessage;
}

export interface GetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

/** Without a byte for so long, a transfer is over. */
const STALLED_MS = 60_000;
const MAX_REDIRECTS = 5;

/** Any status is an answer. @throws Error with the system's reason when there is none. */
export async function httpGet(url: string, options: GetOptions = {}): Promise<HttpAnswer> {
  let at = new URL(url);
  let headers: Readonly<Record<string, string>> = { ...credentialsOf(at), ...options.headers };
  for (let redirects = 0; ; redirects += 1) {
    const body = await answerTo(at, headers, options);
    const status = body.statusCode ?? 0;
    const { location } = body.headers;
    if (![301, 302, 303, 307, 308].includes(status) || location === undefined)
      return { status, headers: body.headers, body };
    body.destroy();
    if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
    const next = new URL(location, at);
    // What was meant for one server is nobody else's business.
    if (next.origin !== at.origin)
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== "authorization"));
    at = next;
  }
}

/** The proxy that an address is fetched through; null = none. As curl has it: `*` and suffixes of host names in NO_PROXY. */
export function proxyFor(url: URL, env: NodeJS.ProcessEnv): URL | null {
  const named = (name: string): string => env[name.toLowerCase()] ?? env[name] ?? "";
  const proxy = named(url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY") || named("ALL_PROXY");
  if (proxy === "") return null;
  const host = url.hostname.toLowerCase();
  const spared = named("NO_PROXY")
    .split(",")
    .map((each) =>
      each
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, ""),
    )
    .some((each) => each === "*" || (each !== "" && (host === each || url.host === each || host.endsWith(`.${each}`))));
  return spared ? null : new URL(proxy.includes("://") ? proxy : `http://${proxy}`);
}

async function answerTo(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { signal, env = process.env }: GetOptions,
): Promise<IncomingMessage> {
  signal?.throwIfAborted();
  const proxy = proxyFor(url, env);
  const common = { headers, ...(signal === undefined ? {} : { signal }) };
  if (url.protocol === "http:") {
    if (proxy === null) return answerOf(httpRequest(url, common));
    const through = { ...common, headers: { ...headers, host: url.host, ...proxyCredentials(proxy) } };
    return answerOf(httpRequest(proxy, { ...through, path: url.href }));
  }
  if (url.protocol !== "https:") throw new Error(`${url.protocol} is no address that can be fetched`);
  if (proxy === null) return answerOf(httpsRequest(url, common));
  const socket = await tunnel(proxy, url, signal);
  return answerOf(httpsRequest(url, { ...common, agent: false, createConnection: () => socket }));
}

async function tunnel(proxy: URL, url: URL, signal: AbortSignal | undefined): Promise<TLSSocket> {
  const target = `${url.hostname}:${url.port === "" ? 443 : url.port}`;
  const ask = proxy.protocol === "https:" ? httpsRequest : httpRequest;
  const asked = ask(proxy, {
    method: "CONNECT",
    path: target,
    headers: { host: target, ...proxyCredentials(proxy) },
    agent: false,
    ...(signal === undefined ? {} : { signal }),
  });
  return new Promise((resolve, reject) => {
    asked.setTimeout(STALLED_MS, () => asked.destroy(stalled()));
    asked.once("error", reject);
    asked.once("connect", (answer, socket) => {
      if (answer.statusCode === 200) {
        resolve(tlsConnect({ socket, servername: url.hostname }));
        return;
      }
      socket.destroy();
      reject(new Error(`the proxy ${proxy.host} answers ${answer.statusCode}`));
    });
    asked.end();
  });
}

function answerOf(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.setTimeout(STALLED_MS, () => asked.destroy(stalled()));
    asked.once("error", reject);
    asked.once("response", resolve);
    asked.end();
  });
}

function stalled(): Error {
  return new Error(`nothing came for ${STALLED_MS / 1000} s`);
}

function proxyCredentials(proxy: URL): Readonly<Record<string, string>> {
  const { authorization } = credentialsOf(proxy);
  return authorization === undefined ? {} : { "proxy-authorization": authorization };
}

function credentialsOf({ username, password }: URL): { readonly authorization?: string } {
  if (username === "" && password === "") return {};
  const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString("base64")}` };
}
