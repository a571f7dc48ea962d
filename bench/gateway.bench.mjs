/**
 * What a streamed call costs through the model gateway: time to the first byte and in all against the same call made directly,
 * and what a hundred streams at once cost it. The provider answers at a model's pace; every process is another.
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "tsdown";
import { projectRoot } from "../scripts/set-up.mjs";
import { median } from "./measure.mjs";

const rounds = 12;
const streams = 100;
/** As agents send: tools, a system prompt and a conversation. */
const body = JSON.stringify({
  model: "bench",
  max_tokens: 1000,
  stream: true,
  messages: [],
  system: "s".repeat(115_000),
});

const limits = { first: 1.1, total: 1.05, cores: 0.5, memory: 1.15 };

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "gateway",
  what: "the worst of first byte, total, CPU and memory / its limit",
  limit: 1,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), "regatta-bench-gateway-"));
    const provider = await started(["provider"]);
    const direct = `http://127.0.0.1:${provider.told.port}`;
    const gateway = await started(["gateway", await bundled(folder), direct, folder]);
    try {
      const through = `http://127.0.0.1:${gateway.told.port}`;
      const token = (/** @type {number} */ at) => gateway.told.tokens?.[at % 10] ?? "";
      /** @type {{ first: number, total: number }[]} */
      const straight = [];
      /** @type {{ first: number, total: number }[]} */
      const ours = [];
      for (let round = 0; round <= rounds; round++) {
        // Taken in turns, so that whatever else the machine does falls on both.
        const one = await call(direct, "none");
        const other = await call(through, token(round));
        if (round === 0) continue;
        straight.push(one);
        ours.push(other);
      }
      const before = await gateway.used();
      const from = performance.now();
      const wave = () => Promise.all(Array.from({ length: streams }, (_, at) => call(through, token(at))));
      // The heap grows to what such a load needs, and stays there.
      for (let waves = 0; waves < 3; waves++) await wave();
      const warm = await gateway.used();
      for (let waves = 0; waves < 3; waves++) await wave();
      const after = await gateway.used();
      const cores = ((after.cpuSec - before.cpuSec) * 1000) / (performance.now() - from);
      const ratio = (/** @type {"first" | "total"} */ what) =>
        median(ours.map((each) => each[what])) / median(straight.map((each) => each[what]));
      const found = { first: ratio("first"), total: ratio("total"), cores, memory: after.mb / warm.mb };
      const worst = Math.max(
        found.first / limits.first,
        found.total / limits.total,
        found.cores / limits.cores,
        found.memory / limits.memory,
      );
      const detail = `first byte ${found.first.toFixed(3)} (≤ ${limits.first}), total ${found.total.toFixed(3)} (≤ ${limits.total}), ${streams} streams: ${found.cores.toFixed(2)} cores (≤ ${limits.cores}), memory ×${found.memory.toFixed(2)} (≤ ${limits.memory}, ${after.mb.toFixed(0)} MB)`;
      return { ratio: worst, detail };
    } finally {
      provider.end();
      gateway.end();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/**
 * @param {string} folder
 * @returns {Promise<string>} the gateway as one file that Node runs
 */
async function bundled(folder) {
  const entry = join(folder, "entry.ts");
  const source = (/** @type {string} */ name) => JSON.stringify(join(projectRoot, "src", name));
  await writeFile(
    entry,
    `export { openGateway } from ${source("gateway/open-gateway.ts")};\nexport { makeRedactor } from ${source("host/redact.ts")};\n`,
  );
  await build({
    entry: { gateway: entry },
    outDir: join(folder, "dist"),
    format: "esm",
    platform: "node",
    dts: false,
    config: false,
    logLevel: "silent",
  });
  return join(folder, "dist", "gateway.mjs");
}

/**
 * @param {string} url
 * @param {string} token
 * @returns {Promise<{ first: number, total: number }>} milliseconds
 */
async function call(url, token) {
  const from = performance.now();
  const response = await fetch(`${url}/v1/messages`, { method: "POST", headers: { "x-api-key": token }, body });
  if (response.status !== 200 || response.body === null) throw new Error(`status ${response.status}`);
  let first = 0;
  for await (const chunk of response.body) {
    void chunk;
    if (first === 0) first = performance.now() - from;
  }
  return { first, total: performance.now() - from };
}

/**
 * @typedef {{ port: number, tokens?: string[] }} Told
 * @typedef {{ cpuSec: number, mb: number }} Used
 * @param {readonly string[]} args
 * @returns {Promise<{ told: Told, used: () => Promise<Used>, end: () => void }>}
 */
async function started(args) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "gateway-processes.mjs"), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "{}");
  return {
    told: await next(),
    async used() {
      child.stdin.write("\n");
      return next();
    },
    end: () => void child.kill(),
  };
}
