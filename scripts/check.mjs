/**
 * `npm run check`: everything about the sources that can be checked without running them, in parallel.
 *
 * One line per check with its seconds; of a failed one also the tool's own output. `npm run check -- lint types` runs some.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { projectRoot, runCommand, setUp } from "./set-up.mjs";

/** @typedef {{ name: string, script: string, args: readonly string[] }} Check */

const packages = join(projectRoot, "node_modules");
const generator = join(projectRoot, "scripts", "generate.mjs");

/** The slowest first, so that none of them ends up last and alone. @type {readonly Check[]} */
const checks = [
  { name: "types", script: join(packages, "typescript/bin/tsc"), args: ["-p", "."] },
  { name: "page", script: join(packages, "typescript/bin/tsc"), args: ["-p", "src/analytics/report/page"] },
  { name: "browser", script: join(packages, "typescript/bin/tsc"), args: ["-p", "test/browser"] },
  {
    name: "unused",
    script: join(packages, "knip/bin/knip.js"),
    args: ["--no-progress", "--treat-config-hints-as-errors"],
  },
  { name: "lint", script: join(packages, "oxlint/bin/oxlint"), args: ["--type-aware", "--deny-warnings"] },
  { name: "lock", script: join(projectRoot, "scripts/complete-lock.mjs"), args: ["--check"] },
  { name: "docs", script: join(projectRoot, "scripts/check-docs.mjs"), args: [] },
  { name: "layers", script: join(projectRoot, "scripts/check-layers.mjs"), args: [] },
  { name: "format", script: join(packages, "oxfmt/bin/oxfmt"), args: ["--check", "."] },
  ...(existsSync(generator) ? [{ name: "generated", script: generator, args: ["--check"] }] : []),
];

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} names none = all
 * @returns {Promise<number>}
 */
async function main(names) {
  const unknown = names.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    console.error(`There is no check "${unknown[0]}", only ${checks.map((check) => check.name).join(", ")}.`);
    return 2;
  }
  await setUp();
  const waiting = checks.filter((check) => names.length === 0 || names.includes(check.name));
  const total = waiting.length;
  let failed = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      if (!(await run(check))) failed += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  console.log(`${total - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

/**
 * @param {Check} check
 * @returns {Promise<boolean>} whether it passed
 */
async function run(check) {
  const started = performance.now();
  const { code, output } = await runCommand(process.execPath, [check.script, ...check.args]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${check.name.padEnd(10)} ${seconds.padStart(5)} s`);
  if (code !== 0) console.log(output.trimEnd());
  return code === 0;
}
