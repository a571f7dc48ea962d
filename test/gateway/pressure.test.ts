/** What happens to everybody when the provider, or a client, does not keep up. */
import { connect } from "node:net";
import { expect, test } from "vitest";
import { ask, makeBed, say } from "./bed.ts";
import { scriptedClock } from "./scripted-clock.ts";
import { type ScriptedProvider, scriptedProvider, type Turn } from "./scripted-provider.ts";

const BUSY: Turn = { status: 429, headers: { "retry-after": "1" } };
const OVERLOADED: Turn = {
  status: 529,
  body: '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
};

test("30 clients and a burst of refusals: nobody fails, nothing is counted twice, throughput recovers", async () => {
  const clock = scriptedClock();
  let refused = 0;
  let recovered: ReturnType<typeof together> | null = null;
  const provider: ScriptedProvider = await scriptedProvider(() => {
    if (clock.monotonic() >= 20_000 && provider.load.now <= 12) {
      // Later on nobody is answered before several are being answered at once.
      return { input: 10, output: 3, ...(recovered === null ? {} : { hold: recovered.held() }) };
    }
    refused += 1;
    return refused % 2 === 0 ? BUSY : OVERLOADED;
  });
  const bed = await makeBed({ clock });
  const passes = await Promise.all(Array.from({ length: 30 }, (_, at) => bed.admit(provider.url, { trial: `t${at}` })));
  const said = await Promise.all(passes.flatMap(({ token }) => [1, 2, 3, 4].map(() => ask(bed, token))));
  expect(said.map(({ status }) => status)).toEqual(said.map(() => 200));
  recovered = together(5);
  const again = await Promise.all(passes.flatMap(({ token }) => [1, 2].map(() => ask(bed, token))));
  expect(again.every(({ status }) => status === 200)).toBe(true);
  const spends = await Promise.all(passes.map((pass) => pass.close()));
  expect(spends.map(({ inputTokens, outputTokens }) => [inputTokens, outputTokens])).toEqual(
    spends.map(() => [60, 18]),
  );
  expect(bed.calls.reduce((sum, { retries }) => sum + retries, 0)).toBe(refused);
  expect(refused).toBeGreaterThan(10);
});

/** Holds everybody until so many are held. */
function together(count: number): { held(): Promise<void> } {
  let release = (): void => undefined;
  const all = new Promise<void>((resolve) => (release = resolve));
  let held = 0;
  return {
    held() {
      held += 1;
      if (held === count) release();
      return all;
    },
  };
}

test("retry-after is honoured by every trial of the account, and by no other account", async () => {
  const clock = scriptedClock();
  const times: number[] = [];
  const provider = await scriptedProvider((asked, index) => {
    if (asked.headers["x-api-key"] === "sk-another-account") return { output: 1 };
    times.push(clock.monotonic());
    return index === 0 ? { status: 429, headers: { "retry-after": "7" } } : { output: 1 };
  });
  const bed = await makeBed({ clock });
  const [first, second, other] = [
    await bed.admit(provider.url, { trial: "1" }),
    await bed.admit(provider.url, { trial: "2" }),
    await bed.admit(provider.url, { trial: "3", key: "sk-another-account" }),
  ];
  const waiting = ask(bed, first.token);
  while (provider.asked.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const late = ask(bed, second.token);
  expect((await ask(bed, other.token)).status).toBe(200);
  expect([(await waiting).status, (await late).status]).toEqual([200, 200]);
  expect(times.slice(1).every((time) => time >= 7000)).toBe(true);
});

test("a provider that is down for twenty seconds is waited for; one that stays down is told as such", async () => {
  const clock = scriptedClock();
  const up = await scriptedProvider(() => (clock.monotonic() < 20_000 ? { reset: true } : { output: 5 }));
  const half = await scriptedProvider(() =>
    clock.monotonic() < 50_000 ? { status: 503, body: "down" } : { output: 5 },
  );
  const bed = await makeBed({ clock });
  const pass = await bed.admit(up.url);
  expect((await ask(bed, pass.token)).status).toBe(200);
  expect((await ask(bed, (await bed.admit(half.url, { trial: "half" })).token)).status).toBe(200);
  await up.close();
  const said = await ask(bed, pass.token);
  expect(said.status).toBe(502);
  expect(JSON.parse(said.text)).toMatchObject({ type: "error", error: { type: "api_error" } });
  expect(said.text).toContain("ECONNREFUSED");
});

test("what no attempt can change is passed on at once: spent quota, a dead key, an unknown model", async () => {
  const answers: Record<string, Turn> = {
    quota: {
      status: 429,
      body: '{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}',
    },
    dead: {
      status: 401,
      body: '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}',
    },
    "dead again": { status: 401, body: "{}" },
    unknown: { status: 404, body: '{"type":"error","error":{"type":"not_found_error","message":"model: x"}}' },
    late: { status: 429, headers: { "retry-after": "100000" } },
  };
  const provider = await scriptedProvider(({ body }) => answers[String(body["model"])] ?? {});
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  for (const [model, { status, body }] of Object.entries(answers)) {
    const said = await ask(bed, pass.token, { model });
    expect(said.status).toBe(status);
    if (body !== undefined) expect(said.text).toBe(body);
  }
  // Until then nothing is asked any more.
  expect((await ask(bed, pass.token)).status).toBe(429);
  expect(provider.asked).toHaveLength(5);
  expect(bed.deadKeys).toEqual(["ANTHROPIC_API_KEY"]);
  expect(await pass.close()).toMatchObject({ calls: 6, unmetered: 0, costUsd: 0 });
  expect(bed.calls.map(({ error }) => error)).toEqual([
    "insufficient_quota",
    "authentication_error",
    "status 401",
    "not_found_error",
    "some_error",
    "busy",
  ]);
});

test("a client that never reads holds the provider back, and memory stays flat", async () => {
  const provider = await scriptedProvider(() => ({ pieces: 4000, pieceBytes: 100_000 }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const { port } = new URL(bed.url);
  const before = process.memoryUsage().rss;
  const clients = Array.from({ length: 10 }, () => {
    const socket = connect(Number(port), "127.0.0.1");
    socket.pause();
    const body = '{"model":"model-a","stream":true}';
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${pass.token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return socket;
  });
  while (provider.asked.length < 10) await new Promise((resolve) => setImmediate(resolve));
  // Another client of the same trial is served meanwhile.
  expect((await say(bed.url, "/v1/messages/count_tokens", pass.token, { model: "model-a" })).status).toBe(200);
  expect(process.memoryUsage().rss - before).toBeLessThan(250 * 1024 * 1024);
  const spend = pass.close();
  for (const socket of clients) socket.destroy();
  expect((await spend).calls).toBe(10);
});

test("a request of 100 MB is refused in so many words; a thousand connections lock nobody out", async () => {
  const provider = await scriptedProvider(() => ({ output: 1 }));
  const bed = await makeBed();
  const pass = await bed.admit(provider.url);
  const huge = await say(
    bed.url,
    "/v1/messages",
    pass.token,
    `{"model":"model-a","x":"${"y".repeat(100 * 1024 * 1024)}"}`,
  );
  expect(huge.status).toBe(413);
  expect(JSON.parse(huge.text)).toMatchObject({ error: { type: "request_too_large" } });
  const chunked = await fetch(`${bed.url}/v1/messages`, {
    method: "POST",
    headers: { "x-api-key": pass.token },
    body: endless(60),
    duplex: "half",
  });
  expect(chunked.status).toBe(413);
  const { port } = new URL(bed.url);
  const sockets = await Promise.all(
    Array.from({ length: 1500 }, async () => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.once("connect", resolve));
      return socket;
    }),
  );
  expect((await ask(bed, pass.token)).status).toBe(200);
  for (const socket of sockets) socket.destroy();
  expect(provider.asked).toHaveLength(1);
});

function endless(megabytes: number): ReadableStream<Uint8Array> {
  let left = megabytes;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(1024 * 1024).fill(0x20));
      else controller.close();
    },
  });
}

test("an upgrade is refused, and so is everything that is no request for a model", async () => {
  const bed = await makeBed();
  const { port } = new URL(bed.url);
  const asked = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let said = "";
      const socket = connect(Number(port), "127.0.0.1", () => socket.write(text));
      socket.on("data", (chunk: Buffer) => (said += chunk.toString()));
      socket.on("close", () => resolve(said));
    });
  expect(
    await asked("GET /v1/responses HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
  ).toMatch(/^HTTP\/1.1 426 /);
  expect(await asked("CONNECT example.org:443 HTTP/1.1\r\nhost: example.org:443\r\n\r\n")).toMatch(/^HTTP\/1.1 405 /);
  expect(await asked("GET http://169.254.169.254/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1.1 401 /,
  );
  expect(await asked("nonsense\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
});
