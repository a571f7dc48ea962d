import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { retryAfterOf, transport } from "../../src/opinions/transport.ts";
import { modelEndpoint, type Scripted } from "../support/model-endpoint.ts";

const BODY = { system: "Question: strategy, version 1.", messages: [{ role: "user", content: [] }] };

/** Time passes only when somebody sleeps. */
async function made(script: (at: number) => Scripted, limits = {}) {
  const endpoint = await modelEndpoint((_, at) => script(at));
  const slept: number[] = [];
  let time = 1_000_000;
  const clock = {
    now: () => time,
    sleep: (ms: number) => {
      slept.push(ms);
      time += ms;
      return Promise.resolve();
    },
  };
  const url = `${endpoint.url}/v1/messages`;
  const send = transport({ url, headers: { "x-api-key": "secret-key" }, key: "secret-key", clock, limits });
  return { endpoint, slept, send: () => send(BODY) };
}

describe("patience", () => {
  test("waits what is asked for, else twice as long each time, and gives up", async () => {
    const { slept, send, endpoint } = await made((at) =>
      at === 1 ? { status: 429, headers: { "retry-after": "7" } } : { status: 503, answer: "down" },
    );
    expect(await send()).toMatchObject({ state: "failed", kind: "busy", why: "HTTP 503: down, 6 times", free: true });
    expect(slept).toEqual([7000, 1000, 2000, 4000, 8000]);
    expect(endpoint.requests).toHaveLength(6);
  });

  test("what one question is told holds for all", async () => {
    const { slept, send, endpoint } = await made((at) =>
      at === 1 ? { status: 429, headers: { "retry-after": "30" } } : { answer: {} },
    );
    const first = send();
    while (endpoint.requests.length < 1) await new Promise((turn) => setImmediate(turn));
    await first;
    expect(slept).toEqual([30_000]);
    expect(await send()).toMatchObject({ state: "ok" });
  });

  test("no longer than the bound, which is told", async () => {
    const { send, slept } = await made(() => ({ status: 429, headers: { "retry-after": "100" } }));
    expect(await send()).toMatchObject({
      kind: "busy",
      why: "the endpoint asks for more patience (200 s) than there is",
    });
    expect(slept).toEqual([100_000]);
  });

  test("after three questions that nobody answered no more are sent", async () => {
    const { send, endpoint } = await made(() => ({ hangUp: true }));
    for (let asked = 0; asked < 3; asked++) expect(await send()).toMatchObject({ kind: "unreachable", free: false });
    expect(await send()).toMatchObject({ kind: "not-sent", free: true });
    expect(endpoint.requests).toHaveLength(9);
  });

  test("nor after three that an overloaded one never got to", async () => {
    const { send, endpoint } = await made(() => ({ status: 529 }), { tries: 2 });
    for (let asked = 0; asked < 3; asked++) expect(await send()).toMatchObject({ kind: "busy" });
    expect(await send()).toMatchObject({
      kind: "not-sent",
      why: expect.stringMatching(/^not sent: 3 questions in a row came to nothing/),
    });
    expect(endpoint.requests).toHaveLength(6);
  });

  test("a redirect is not followed, and the key stays out of messages", async () => {
    const { send, endpoint } = await made(() => ({ status: 307, headers: { location: "/v1/messages" }, raw: "" }));
    expect(await send()).toMatchObject({ kind: "unreachable" });
    expect(endpoint.requests).toHaveLength(3);
    const other = await made(() => ({ status: 400, answer: "who is secret-key?" }));
    expect(await other.send()).toMatchObject({ kind: "rejected", why: "HTTP 400: who is [REDACTED]?" });
  });

  test("nobody there at all costs nothing", async () => {
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const gone = createServer();
    await new Promise<void>((listening) => gone.listen(0, "127.0.0.1", listening));
    const { port } = gone.address() as AddressInfo;
    await new Promise((closed) => gone.close(closed));
    const send = transport({ url: `http://127.0.0.1:${port}/`, headers: {}, key: null, clock, limits: { tries: 1 } });
    expect(await send({})).toMatchObject({ kind: "unreachable", free: true });
  });
});

test.each([
  [{ "retry-after": "2.5" }, 2500],
  [{ "retry-after": "Thu, 01 Jan 1970 00:00:09 GMT" }, 8000],
  [{ "retry-after": "Thu, 01 Jan 1960 00:00:09 GMT" }, 0],
  [{ "retry-after": "soon" }, null],
  [{ "retry-after-ms": "20", "retry-after": "9" }, 20],
  [{}, null],
])("retry-after: %j", (headers, wanted) => {
  expect(retryAfterOf(new Headers(headers as Record<string, string>), 1000)).toBe(wanted);
});
