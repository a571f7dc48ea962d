/**
 * `npm test`: the fast suite, after all set-up of its own. Arguments go on to vitest: `npm test -- test/engine -t "retries"`.
 *
 * The last line is always `N passed, N failed, N skipped`. With CI=true a skipped test is a failure: a suite that quietly
 * does not run protects nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot, runInTerminal, setUp } from "./set-up.mjs";

/** @typedef {import("./count-reporter.mjs").Counts} Counts */

const vitest = join(projectRoot, "node_modules", "vitest", "vitest.mjs");
const reporter = join(projectRoot, "scripts", "count-reporter.mjs");

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function main(args) {
  await setUp();
  const scratch = mkdtempSync(join(tmpdir(), "regatta-test-"));
  try {
    const countsFile = join(scratch, "counts.json");
    const code = await runInTerminal(
      process.execPath,
      [vitest, "run", "--reporter=default", `--reporter=${reporter}`, ...args],
      { ...process.env, REGATTA_TEST_COUNTS: countsFile },
    );
    return summarise(readCounts(countsFile), code);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {Counts}
 */
function readCounts(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    // Without counts vitest itself broke, or was interrupted: that is one failure, never a silent success.
    console.error(`vitest ended without a report (${String(cause)})`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

/**
 * @param {Counts} counts
 * @param {number} code what vitest exited with
 * @returns {number}
 */
function summarise(counts, code) {
  for (const { name, reason } of counts.skipped) console.log(`skipped: ${name} (${reason})`);
  const forbidden = process.env["CI"] === "true" && counts.skipped.length > 0;
  if (forbidden) console.log("A skipped test is a failure when CI=true.");
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped.length} skipped`);
  return forbidden ? Math.max(code, 1) : code;
}
