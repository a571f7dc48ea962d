/** A key asked about by the request that costs nothing, and what the answer comes to. */
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { askKeys, type KeyAnswer } from "../../src/gateway/ask-key.ts";
import { keyFinding } from "../../src/gateway/key-finding.ts";
import { scriptedProvider } from "./scripted-provider.ts";

const KEY = "sk-real-0123456789-secret";
const ASKED = {
  provider: "openai",
  host: "api.openai.com",
  list: "https://api.openai.com/v1/models",
  variable: "OPENAI_API_KEY",
  from: "experiments/.env",
  addressFrom: null,
} as const;

function answered(status: number, refusal = ""): KeyAnswer {
  return { kind: "answered", status, refusal, clock: null };
}

test.each([
  [200, "", "ok"],
  [401, '{"error":{"message":"Incorrect API key provided"}}', "stop"],
  [403, '{"error":{"message":"Country, region, or territory not supported"}}', "stop"],
  [401, "", "stop"],
  [403, "<html><h1>Forbidden</h1></html>", "warn"],
  [401, '{"error":{"message":"You have insufficient permissions. Missing scopes: api.model.read."}}', null],
  [403, '{"error":{"message":"Virtual key is not allowed to call this route. Only allowed to call routes: []"}}', null],
  [401, '{"error":{"message":"OAuth authentication is currently not supported."}}', null],
  [302, "", "warn"],
  [404, "", "warn"],
  [405, "", "warn"],
  [400, "", null],
  [429, "", null],
  [500, "", "warn"],
  [529, "", "warn"],
])("%i %s is %s", (status, refusal, verdict) => {
  expect(keyFinding(ASKED, answered(status, refusal))?.verdict ?? null).toBe(verdict);
});

test("a refusal names the variable, where it was found and who refused; an address of one's own is named, too", () => {
  const said = keyFinding(ASKED, answered(401));
  expect(said?.detail).toBe(
    "openai at api.openai.com does not take the key in OPENAI_API_KEY (from experiments/.env): it answered 401",
  );
  const elsewhere = { ...ASKED, addressFrom: "OPENAI_BASE_URL" };
  expect(keyFinding(elsewhere, answered(403))?.todo).toContain("OPENAI_BASE_URL");
  expect(keyFinding(elsewhere, { kind: "unreachable", why: "ENOTFOUND" })).toMatchObject({
    verdict: "stop",
    detail: "openai at api.openai.com cannot be reached: ENOTFOUND",
    todo: expect.stringContaining("OPENAI_BASE_URL") as string,
  });
});

test("an address without a list of models is no refusal, but what was asked and what to look at is said", () => {
  const elsewhere = {
    ...ASKED,
    host: "proxy:8080",
    list: "http://proxy:8080/api/v1/models",
    addressFrom: "OPENAI_BASE_URL",
  };
  expect(keyFinding(elsewhere, answered(404))).toEqual({
    name: "key",
    verdict: "warn",
    detail: "openai at proxy:8080 has no list of its models: GET http://proxy:8080/api/v1/models answered 404",
    todo: expect.stringMatching(/OPENAI_BASE_URL is the address.*some proxies have no such list/) as string,
  });
});

test("it is asked as calls are: each provider's header, path and address", async () => {
  const date = "Sat, 01 Nov 2025 10:00:00 GMT";
  const provider = await scriptedProvider(() => ({}), { headers: { date } });
  const account = { name: "K", key: KEY };
  const answers = await askKeys([
    { provider: "anthropic", baseUrl: provider.url, account },
    { provider: "openai", baseUrl: `${provider.url}/api/v1`, account },
  ]);
  expect(answers).toMatchObject([
    { kind: "answered", status: 200, clock: { theirs: Date.parse(date) } },
    { kind: "answered", status: 200 },
  ]);
  const [anthropic, openai] = provider.listed.toSorted((a, b) => (a.url < b.url ? 1 : -1));
  expect(anthropic).toMatchObject({ url: "/v1/models?limit=1", headers: { "x-api-key": KEY } });
  expect(anthropic?.headers["anthropic-version"]).toBe("2023-06-01");
  expect(openai).toMatchObject({ url: "/api/v1/models", headers: { authorization: `Bearer ${KEY}` } });
  expect(provider.asked).toEqual([]);
});

test("nobody there, nobody answering, and a key that is none", async () => {
  const silent = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void silent.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void silent.close());
  const closed = await scriptedProvider(() => ({}));
  await closed.close();
  const account = { name: "K", key: KEY };
  const of = (url: string, key = KEY) => ({
    provider: "anthropic" as const,
    baseUrl: url,
    account: { ...account, key },
  });
  const silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const answers = await askKeys(
    [of(silentUrl), of(closed.url), of("http://no.such.host.invalid"), of(closed.url, "sk\nbroken")],
    500,
  );
  expect(answers.slice(0, 2)).toEqual([
    { kind: "unreachable", why: "no answer within 0.5 s" },
    { kind: "unreachable", why: "ECONNREFUSED" },
  ]);
  // What a machine without any network says of it is another word.
  expect(answers[2]).toMatchObject({ kind: "unreachable" });
  expect(answers[3]).toEqual({ kind: "no-key" });
});

test("a connection that is reset says nothing of the next one", async () => {
  let first = true;
  const list = {
    get reset() {
      const was = first;
      first = false;
      return was;
    },
  };
  const provider = await scriptedProvider(() => ({}), list);
  const account = { name: "K", key: KEY };
  expect(await askKeys([{ provider: "openai", baseUrl: provider.url, account }])).toMatchObject([
    { kind: "answered", status: 200 },
  ]);
  expect(provider.listed).toHaveLength(2);
});
