/** A gateway on loopback with a trial's pass, and clients of it: what the gateway's tests are made of. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { ModelCall, ModelProvider } from "../../src/contract/model-call.ts";
import { NO_LIMITS, type Spent } from "../../src/gateway/budget.ts";
import { type Gateway, type GatewayOptions, openGateway } from "../../src/gateway/open-gateway.ts";
import type { PriceOf } from "../../src/gateway/pricing.ts";
import type { TrialPass } from "../../src/gateway/trial-pass.ts";
import { makeRedactor } from "../../src/host/redact.ts";
import { scriptedClock } from "./scripted-clock.ts";

export const KEY = "sk-real-0123456789abcdef-never-seen";

/** A dollar for a million tokens in, ten for as many out; only of `model-…`. */
const prices: PriceOf = (model) =>
  model.startsWith("model-")
    ? ({ input, output, cacheRead, cacheWrite, cacheWriteHour }) =>
        (input + cacheRead * 0.1 + cacheWrite * 1.25 + cacheWriteHour * 2 + output * 10) / 1e6
    : null;

export interface Bed {
  readonly gateway: Gateway;
  readonly url: string;
  readonly dir: string;
  readonly calls: ModelCall[];
  readonly spent: Spent[];
  readonly deadKeys: string[];
  readonly refused: string[];
  readonly errors: string[];
  admit(
    upstream: string,
    more?: Partial<{ trial: string; profile: string; provider: ModelProvider; key: string }>,
  ): Promise<TrialPass>;
  trace(trial: string): Promise<readonly ModelCall[]>;
}

export async function makeBed(options: Partial<GatewayOptions> = {}): Promise<Bed> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-gateway-"));
  const calls: ModelCall[] = [];
  const spent: Spent[] = [];
  const deadKeys: string[] = [];
  const refused: string[] = [];
  const errors: string[] = [];
  const gateway = openGateway({
    limits: NO_LIMITS,
    priceOf: prices,
    record: false,
    redactor: makeRedactor([KEY]),
    clock: scriptedClock(),
    random: Math.random,
    events: {
      onCall: (call) => void calls.push(call),
      onBudgetSpent: (each) => void spent.push(each),
      onDeadKey: (name) => void deadKeys.push(name),
      onRefused: (line) => void refused.push(line),
      onError: (message) => void errors.push(message),
    },
    ...options,
  });
  onTestFinished(async () => {
    await gateway.close();
    await rm(dir, { recursive: true, force: true });
  });
  const { port } = await gateway.listen({ host: "127.0.0.1", port: 0 });
  return {
    gateway,
    url: `http://127.0.0.1:${port}`,
    dir,
    calls,
    spent,
    deadKeys,
    refused,
    errors,
    admit: (upstream, { trial = "t1", profile = "p", provider = "anthropic", key = KEY } = {}) =>
      gateway.admit({
        spender: { trial, profile },
        provider,
        baseUrl: upstream,
        account: { name: provider === "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY", key },
        dir: join(dir, trial),
      }),
    async trace(trial) {
      const text = await readFile(join(dir, trial, "model-calls.jsonl"), "utf8");
      return text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as ModelCall);
    },
  };
}

export interface Said {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The answer broke off. */
  readonly cut: boolean;
}

export async function say(
  url: string,
  path: string,
  token: string,
  body: object | string | null,
  more: { readonly signal?: AbortSignal; readonly bearer?: boolean; readonly method?: string } = {},
): Promise<Said> {
  const response = await fetch(url + path, {
    method: more.method ?? (body === null ? "GET" : "POST"),
    headers: {
      "content-type": "application/json",
      ...(more.bearer === true ? { authorization: `Bearer ${token}` } : { "x-api-key": token }),
    },
    body: body === null ? null : typeof body === "string" ? body : JSON.stringify(body),
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  });
  let text = "";
  let cut = false;
  try {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
  } catch {
    // Undici says "terminated", whatever it was.
    cut = true;
  }
  return { status: response.status, text, headers: response.headers, cut };
}

export function ask(bed: Bed, token: string, more: object = {}): Promise<Said> {
  return say(bed.url, "/v1/messages?beta=true", token, {
    model: "model-a",
    max_tokens: 1000,
    stream: true,
    messages: [],
    ...more,
  });
}
