/**
 * The two other processes of gateway.bench.mjs: `provider`, which answers at a model's pace, and `gateway <bundle> <provider's URL> <folder>`.
 * Each prints one line of JSON when it listens; the gateway prints what it used whenever it gets a line.
 */
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds to the first event, events, and milliseconds between them. */
const first = 150;
const pace = { events: 60, every: 20 };

const [, , role, ...given] = process.argv;
if (role === "provider") provider();
if (role === "gateway") await gateway(given);

function provider() {
  const text = "x".repeat(60);
  const event = (/** @type {string} */ type, /** @type {object} */ more) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const start = event("message_start", {
    message: { model: "bench", usage: { input_tokens: 1000, output_tokens: 1 } },
  });
  const middle = event("content_block_delta", { index: 0, delta: { type: "text_delta", text } });
  const end = event("message_delta", { usage: { output_tokens: 600 } }) + event("message_stop", {});
  const server = createServer((request, response) => void answer(request, response));
  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   */
  const answer = async (request, response) => {
    for await (const chunk of request) void chunk;
    await wait(first);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(start);
    for (let at = 0; at < pace.events && !response.destroyed; at++) {
      await wait(pace.every);
      response.write(middle);
    }
    response.end(end);
  };
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    console.log(JSON.stringify({ port: typeof address === "object" ? address?.port : null }));
  });
}

/** @param {string[]} given */
async function gateway([bundle = "", url = "", folder = ""]) {
  const { openGateway, makeRedactor } = await import(bundle);
  const none = { maxCostUsd: null, perTrialUsd: null, perProfileUsd: null, maxTokens: null, perTrialTokens: null };
  const opened = openGateway({
    limits: none,
    priceOf: () => null,
    record: false,
    redactor: makeRedactor(["sk-of-the-bench-0123456789"]),
    clock: {
      monotonic: () => performance.now(),
      iso: () => new Date().toISOString(),
      after(/** @type {number} */ milliseconds, /** @type {() => void} */ call) {
        const timer = setTimeout(call, milliseconds);
        return () => clearTimeout(timer);
      },
    },
    random: Math.random,
    pace: { start: 512 },
    events: {
      onCall() {},
      onBudgetSpent() {},
      onDeadKey() {},
      onRefused() {},
      onError: (/** @type {string} */ message) => console.error(message),
    },
  });
  const { port } = await opened.listen({ host: "127.0.0.1", port: 0 });
  const pass = async (/** @type {string} */ trial) => {
    const account = { name: "ANTHROPIC_API_KEY", key: "sk-of-the-bench-0123456789" };
    const spender = { trial, profile: "p" };
    const { token } = await opened.admit({
      spender,
      provider: "anthropic",
      baseUrl: url,
      account,
      dir: join(folder, trial),
    });
    return token;
  };
  const tokens = await Promise.all(Array.from({ length: 10 }, (_, at) => pass(`t${at}`)));
  console.log(JSON.stringify({ port, tokens }));
  process.stdin.on("data", () => {
    const { user, system } = process.cpuUsage();
    console.log(JSON.stringify({ cpuSec: (user + system) / 1e6, mb: process.memoryUsage().rss / 2 ** 20 }));
  });
  process.stdin.on("end", () => process.exit());
}
