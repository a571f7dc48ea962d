/**
 * What a trial spends until its agent's program is there, beyond the start of its sandbox: one with Claude Code mounted, against
 * one that installs the same version by npm, as harnesses do, and is given its Node for nothing. That the program runs is
 * seen to afterwards, in both. Needs the npm registry; the toolchain itself is made once, before.
 */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median, milliseconds } from "./measure.mjs";
import { withTranspiled } from "./transpiled.mjs";

const rounds = 3;
/** They are short, and whatever else the machine does shows in them. */
const SHORT_PER_ROUND = 5;
const folders = ["base", "contract", "host", "toolchains", "environments"];

/** @type {import("./run.mjs").Bench} */
export const bench = {
  name: "toolchains",
  what: "claude there in a sandbox, mounted / installed by npm",
  limit: 0.05,
  run: () =>
    withTranspiled(folders, async (load) => {
      const { createToolchains } = await load("toolchains/toolchains.ts");
      const { mountsOf } = await load("contract/toolchain.ts");
      const { createLocalProvider } = await load("environments/local/provider.ts");
      const stateRoot = join(tmpdir(), `regatta-bench-${process.pid}`);
      const provider = createLocalProvider({ stateRoot });
      const toolchains = createToolchains();
      const platform = { arch: process.arch, libc: "glibc" };
      const settings = { log: console.log, signal: new AbortController().signal };
      /** @param {string} kind */
      const made = async (kind) =>
        toolchains.build(await toolchains.plan({ kind, version: null, ...platform }), settings);
      const claude = await made("claude-code");
      const node = await made("node");
      const install = `npm install --global --prefix /usr/local @anthropic-ai/claude-code@${claude.version} >&2`;
      /**
       * @param {readonly any[]} mounted
       * @param {string} script
       * @param {boolean} runs whether there is a claude afterwards, which then has to run
       */
      const seconds = (mounted, script, runs = true) =>
        oneSandbox(provider, {
          mounts: mountsOf(mounted),
          path: mounted.flatMap(({ binDirs }) => binDirs).join(":"),
          script,
          runs,
        });
      try {
        const bare = [];
        const ours = [];
        const theirs = [];
        await seconds([claude], "command -v claude");
        for (let round = 0; round < rounds; round++) {
          for (let time = 0; time < SHORT_PER_ROUND; time++) {
            bare.push(await seconds([], ":", false));
            ours.push(await seconds([claude], "command -v claude"));
          }
          theirs.push(await seconds([node], install));
        }
        const start = median(bare);
        const mounting = Math.max(0, median(ours) - start);
        const installing = median(theirs) - start;
        return {
          ratio: mounting / installing,
          detail: `${mounting === 0 ? "too little to measure" : milliseconds(mounting)} / ${milliseconds(installing)} beyond a start of ${milliseconds(start)}`,
        };
      } finally {
        rmSync(stateRoot, { recursive: true, force: true });
      }
    }),
};

/**
 * @param {any} provider
 * @param {{ mounts: unknown, path: string, script: string, runs: boolean }} sandbox
 * @returns {Promise<number>} seconds from its start to the script's end
 */
async function oneSandbox(provider, { mounts, path, script, runs }) {
  const environment = provider.create({
    name: `bench-${process.pid}`,
    labels: {},
    contextDir: "/nonexistent",
    dockerfile: null,
    dockerImage: null,
    workdir: "/app",
    env: { PATH: `${path}:/usr/local/bin:/usr/bin:/bin` },
    network: "public",
    cpus: null,
    memoryMb: null,
    forceRebuild: false,
    hidePaths: [],
    mounts,
    buildTimeoutSec: 60,
  });
  const started = performance.now();
  let said = "";
  try {
    await environment.start();
    /** @type {(stream: string, chunk: Uint8Array) => void} */
    const onOutput = (_stream, chunk) => void (said += Buffer.from(chunk).toString());
    const setUp = await environment.exec({ argv: ["sh", "-c", script], onOutput });
    const seconds = (performance.now() - started) / 1000;
    if (!runs) return seconds;
    const check = await environment.exec({ argv: ["claude", "--version"], onOutput });
    if (setUp.exitCode !== 0 || check.exitCode !== 0 || !said.includes("Claude Code"))
      throw new Error(`${script} ended with ${setUp.exitCode}, its claude with ${check.exitCode}:\n${said}`);
    return seconds;
  } finally {
    await environment.stop();
  }
}
