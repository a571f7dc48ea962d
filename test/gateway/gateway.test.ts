import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ask, KEY, makeBed, say } from "./bed.ts";
import { scriptedProvider } from "./scripted-provider.ts";

test("a stream passes untouched with the real key, and every token of it is counted", async () => {
  const provider = await scriptedProvider(() => ({
    input: 11,
    cacheRead: 7,
    cacheWrite: 30,
    cacheWriteHour: 4,
    output: 21,
  }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const said = await ask(bed, pass.token, { thinking: { type: "enabled", budget_tokens: 900 } });
  expect(said.status).toBe(200);
  expect(said.headers.get("request-id")).toBe("req_scripted");
  expect(said.text.match(/^event: /gm)).toHaveLength(6);
  expect(provider.asked[0]).toMatchObject({
    url: "/v1/messages?beta=true",
    headers: { "x-api-key": KEY, "accept-encoding": "identity" },
    body: { model: "model-a", max_tokens: 1000, thinking: { type: "enabled" } },
  });
  const spend = await pass.close();
  expect(spend).toMatchObject({
    calls: 1,
    unmetered: 0,
    inputTokens: 52,
    cacheReadTokens: 7,
    cacheWriteTokens: 34,
    outputTokens: 21,
  });
  expect(spend.costUsd).toBeCloseTo((11 + 0.7 + 37.5 + 8 + 210) / 1e6, 12);
  const [line] = await bed.trace("t1");
  expect(line).toMatchObject({
    seq: 1,
    provider: "anthropic",
    endpoint: "messages",
    model_asked: "model-a",
    model_served: "model-a",
    status: 200,
    ended: "complete",
    retries: 0,
    tokens: { input: 11, cacheRead: 7, cacheWrite: 30, cacheWriteHour: 4, output: 21, reasoning: null },
    reasoning: { thinking: { type: "enabled", budget_tokens: 900 } },
    request_id: "req_scripted",
    error: null,
  });
});

test("whole answers, the Responses API and chat are counted alike", async () => {
  const turn = { input: 100, cacheRead: 900, output: 30, reasoning: 12 };
  const provider = await scriptedProvider(() => turn);
  const bed = await makeBed();
  const anthropic = await bed.admit(provider.url, { trial: "a" });
  const openai = await bed.admit(`${provider.url}/api/v1`, { trial: "o", provider: "openai" });
  await ask(bed, anthropic.token, { stream: false });
  for (const stream of [true, false]) {
    for (const path of ["/v1/responses", "/v1/chat/completions"]) {
      const said = await say(
        bed.url,
        path,
        openai.token,
        { model: "model-b", stream, reasoning: { effort: "xhigh" } },
        { bearer: true },
      );
      expect(said.status).toBe(200);
    }
  }
  expect(provider.asked.map(({ url }) => url)).toEqual([
    "/v1/messages?beta=true",
    ...[1, 2].flatMap(() => ["/api/v1/responses", "/api/v1/chat/completions"]),
  ]);
  expect(provider.asked[1]?.headers.authorization).toBe(`Bearer ${KEY}`);
  expect(await anthropic.close()).toMatchObject({
    calls: 1,
    inputTokens: 1000,
    cacheReadTokens: 900,
    outputTokens: 30,
  });
  expect(await openai.close()).toMatchObject({ calls: 4, inputTokens: 4000, cacheReadTokens: 3600, outputTokens: 120 });
  const lines = await bed.trace("o");
  for (const line of lines)
    expect(line).toMatchObject({ tokens: { reasoning: 12 }, reasoning: { reasoning: { effort: "xhigh" } } });
});

test("the known part of a stream that was cut counts, what is not known is said to be", async () => {
  const provider = await scriptedProvider(() => ({ input: 50, output: 40, cutAfter: 2 }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  expect(await ask(bed, pass.token)).toMatchObject({ status: 200, cut: true });
  expect(await pass.close()).toMatchObject({ calls: 1, inputTokens: 50, outputTokens: 1 });
  const openai = await bed.admit(provider.url, { trial: "o", provider: "openai" });
  expect(await say(bed.url, "/v1/responses", openai.token, { model: "model-b", stream: true })).toMatchObject({
    cut: true,
  });
  expect(await openai.close()).toMatchObject({ calls: 1, unmetered: 1, inputTokens: 0 });
  expect((await bed.trace("t1"))[0]).toMatchObject({ ended: "cut-by-provider", status: 200 });
  expect((await bed.trace("o"))[0]).toMatchObject({ ended: "cut-by-provider", tokens: null, cost_usd: null });
});

test("a token is good for its trial and provider only, and only for model endpoints", async () => {
  const provider = await scriptedProvider(() => ({}));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const other = await bed.admit(provider.url, { trial: "other", provider: "openai" });
  await other.close();
  const denied = [
    await ask(bed, "nonsense"),
    await ask(bed, other.token),
    await ask(bed, KEY),
    await say(bed.url, "/v1/responses", "nonsense", {}, { bearer: true }),
  ];
  expect(denied.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
  expect(JSON.parse(denied[0]?.text ?? "")).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  expect(JSON.parse(denied[3]?.text ?? "")).toMatchObject({ error: { code: "invalid_api_key" } });
  for (const path of ["/v1/files", "/v1/messages/batches", "/v1/responses", "/v1/models/../files", "/admin"]) {
    expect((await say(bed.url, path, pass.token, {})).status).toBe(404);
  }
  expect(bed.refused).toHaveLength(9);
  expect(bed.refused.join("\n")).not.toContain(KEY);
  expect(provider.asked).toHaveLength(0);
  const probe = await fetch(bed.url, { method: "HEAD" });
  expect(probe.status).toBe(200);
  expect((await say(bed.url, "/v1/models", pass.token, null)).status).toBe(200);
});

test("calls under way end with their trial's token", async () => {
  const provider = await scriptedProvider(() => ({ input: 5, hold: new Promise(() => undefined) }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const response = await fetch(`${bed.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": pass.token },
    body: JSON.stringify({ model: "model-a", stream: true }),
  });
  const reader = response.body?.getReader();
  await reader?.read();
  expect(await pass.close()).toMatchObject({ calls: 1, inputTokens: 5 });
  expect((await bed.trace("t1"))[0]?.ended).toBe("cut-by-end");
  await expect(
    (async () => {
      while (!(await reader?.read())?.done);
    })(),
  ).rejects.toThrow("terminated");
});

test("mode record keeps what was asked and answered, compressed and without secrets", async () => {
  const provider = await scriptedProvider(() => ({ input: 5, output: 3 }));
  const bed = await makeBed({ record: true });
  const pass = await bed.admit(provider.url);
  const said = await ask(bed, pass.token, { metadata: { user_id: `somebody with ${KEY}` } });
  await pass.close();
  const dir = join(bed.dir, "t1", "model-bodies");
  expect((await readdir(dir)).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "00001.request.json.gz",
    "00001.response.gz",
  ]);
  const [request, response] = await Promise.all(
    ["00001.request.json.gz", "00001.response.gz"].map(async (name) =>
      gunzipSync(await readFile(join(dir, name))).toString(),
    ),
  );
  expect(JSON.parse(request ?? "")).toMatchObject({
    model: "model-a",
    metadata: { user_id: "somebody with [REDACTED]" },
  });
  expect(response).toBe(said.text);
});

test("a client that leaves is counted with what came, and the provider is not kept waiting", async () => {
  const provider = await scriptedProvider(() => ({ input: 5, hold: new Promise(() => undefined) }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const leaving = new AbortController();
  const response = await fetch(`${bed.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": pass.token },
    body: JSON.stringify({ model: "model-a", stream: true }),
    signal: leaving.signal,
  });
  await response.body?.getReader().read();
  leaving.abort();
  while (provider.load.now > 0 || bed.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(bed.calls[0]).toMatchObject({ ended: "cut-by-client", status: 200, tokens: { input: 5 } });
  expect(await pass.close()).toMatchObject({ calls: 1, inputTokens: 5 });
});
