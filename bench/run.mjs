/**
 * `npm run bench [-- name …]`: how fast and small the program is, as ratios taken in one run on one machine.
 *
 * Absolute times depend on the machine; a ratio to a peer that does the same work, or to ourselves at another size, does not.
 * Every other file here that exports `bench` is one. Exit code 1 when a ratio is over its limit, 2 for an unknown name.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { projectRoot, setUp } from "../scripts/set-up.mjs";

/**
 * @typedef {object} Bench
 * @property {string} name
 * @property {string} what one line: what is divided by what
 * @property {number} limit the largest ratio that passes
 * @property {() => Promise<{ ratio: number, detail: string }>} run
 */

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} names none = all
 * @returns {Promise<number>}
 */
async function main(names) {
  const benches = await loadBenches();
  const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    console.error(`There is no bench "${unknown}", only ${benches.map(({ name }) => name).join(", ")}.`);
    return 2;
  }
  await setUp();
  let over = 0;
  console.log(`${"bench".padEnd(10)} ${"ratio".padStart(6)} ${"limit".padStart(6)}`);
  for (const bench of benches.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const { ratio, detail } = await bench.run();
    const passes = ratio <= bench.limit;
    if (!passes) over += 1;
    const numbers = `${ratio.toFixed(2).padStart(6)} ${bench.limit.toFixed(2).padStart(6)}`;
    console.log(`${bench.name.padEnd(10)} ${numbers}  ${passes ? "ok  " : "OVER"}  ${bench.what}: ${detail}`);
  }
  return over > 0 ? 1 : 0;
}

/** @returns {Promise<Bench[]>} in order of their file names */
async function loadBenches() {
  const folder = join(projectRoot, "bench");
  const files = readdirSync(folder).filter((name) => name.endsWith(".bench.mjs"));
  return Promise.all(files.sort().map(async (name) => (await import(`./${name}`)).bench));
}
