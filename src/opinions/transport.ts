/**
 * Calls of an endpoint. Who is told to wait waits, and all others with it; up to a bound, so that an analysis ends. What cannot
 * get better (a refused key, an unknown model, nobody there) is found out once, and the questions after it are not sent.
 */
import { makeRedactor } from "../host/redact.ts";
import { recordAt } from "./providers/provider.ts";

export interface Clock {
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export type Sent =
  | { readonly state: "ok"; readonly body: unknown }
  | {
      readonly state: "failed";
      readonly kind: "busy" | "unreachable" | "rejected" | "not-sent";
      readonly why: string;
      /** False when the endpoint may have worked, and charged, without an answer that came through. */
      readonly free: boolean;
    };

export interface TransportOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly clock: Clock;
  readonly limits?: Partial<Limits>;
}

interface Limits {
  /** Of one call. */
  readonly tries: number;
  /** Of one call, all waiting together; milliseconds. */
  readonly waiting: number;
  /** Of one try; milliseconds. */
  readonly answer: number;
  /** Calls in a row that came to nothing for all patience, after which no more are sent. */
  readonly dead: number;
}

const LIMITS: Limits = { tries: 6, waiting: 180_000, answer: 300_000, dead: 3 };
const BUSY = new Set([408, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529]);
/** The same for every question: bad key, no money, no such model or address. */
const HOPELESS = new Set([401, 402, 404]);
/** How a connection fails before anything was sent. */
const NEVER_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);
const MOST_BYTES = 8 << 20;
const FIRST_WAIT = 500;

export function transport({ url, headers, key, clock, limits }: TransportOptions): (body: unknown) => Promise<Sent> {
  const { tries, waiting, answer, dead } = { ...LIMITS, ...limits };
  const redactor = makeRedactor(key === null ? [] : [key]);
  /** Nobody sends before. */
  let heldUntil = 0;
  let givenUp = 0;
  let hopeless: string | null = null;

  return async (body) => {
    let waited = 0;
    let free = true;
    for (let attempt = 1; ; attempt++) {
      while (heldUntil > clock.now()) await clock.sleep(heldUntil - clock.now());
      if (hopeless !== null) return { state: "failed", kind: "not-sent", why: `not sent: ${hopeless}`, free };
      const tried = await post(body);
      if ("silence" in tried) {
        free &&= NEVER_SENT.has(tried.code);
        if (attempt >= Math.min(tries, 3)) return giveUp("unreachable", redactor.redactText(tried.silence), free);
      } else {
        const { status, text } = tried;
        if (!BUSY.has(status)) givenUp = 0;
        if (status >= 200 && status < 300) return read(text);
        const why = redactor.redactText(`HTTP ${status}${messageIn(text)}`);
        if (!BUSY.has(status)) {
          if (HOPELESS.has(status)) hopeless ??= `the endpoint refused before (${why})`;
          return { state: "failed", kind: "rejected", why, free };
        }
        if (attempt >= tries) return giveUp("busy", `${why}, ${attempt} times`, free);
      }
      const asked = "silence" in tried ? null : tried.retryAfter;
      const wait = asked ?? FIRST_WAIT * 2 ** (attempt - 1);
      if (waited + wait > waiting) {
        const seconds = Math.round((waited + wait) / 1000);
        return giveUp("busy", `the endpoint asks for more patience (${seconds} s) than there is`, free);
      }
      waited += wait;
      heldUntil = Math.max(heldUntil, clock.now() + wait);
    }
  };

  function giveUp(kind: "busy" | "unreachable", why: string, free: boolean): Sent {
    givenUp += 1;
    if (givenUp >= dead) hopeless ??= `${givenUp} questions in a row came to nothing (${why})`;
    return { state: "failed", kind, why, free };
  }

  async function post(
    body: unknown,
  ): Promise<
    | { readonly status: number; readonly text: string; readonly retryAfter: number | null }
    | { readonly silence: string; readonly code: string }
  > {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", accept: "application/json", ...headers },
        body: JSON.stringify(body),
        // A key is for the address it was given for, and no other.
        redirect: "error",
        signal: AbortSignal.timeout(answer),
      });
      const text = await bounded(response);
      return { status: response.status, text, retryAfter: retryAfterOf(response.headers, clock.now()) };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      const code = causeOf(error);
      return { silence: `nobody answers at ${new URL(url).host}: ${code}`, code };
    }
  }
}

function read(text: string): Sent {
  try {
    return { state: "ok", body: JSON.parse(text) as unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { state: "failed", kind: "rejected", why: "what came back is not JSON", free: false };
  }
}

async function bounded(response: Response): Promise<string> {
  if (response.body === null) return "";
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MOST_BYTES) throw new Error(`the answer is larger than ${MOST_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

/** Milliseconds; null = it does not say. Seconds, milliseconds or a date (RFC 9110, 10.2.3). */
export function retryAfterOf(headers: Headers, now: number): number | null {
  const exact = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const value = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = value === "" ? Number.NaN : Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/** What an error's body says, short; empty when it says nothing. */
function messageIn(text: string): string {
  let message: unknown = text;
  try {
    const parsed = JSON.parse(text) as unknown;
    message = recordAt(parsed, "error")["message"] ?? (parsed as { message?: unknown } | null)?.message ?? "";
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const line = typeof message === "string" ? message.replaceAll(/\s+/g, " ").trim().slice(0, 300) : "";
  return line === "" || line.startsWith("<") ? "" : `: ${line}`;
}

function causeOf(error: Error): string {
  if (error.name === "TimeoutError") return "no answer in time";
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
