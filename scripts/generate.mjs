/**
 * `npm run generate`: writes the files that are made from the sources, which are committed so that editors and the
 * package have them. With `--check` nothing is written, and a file that is not up to date is a failure.
 *
 * The sources are TypeScript, which Node 20 cannot run: they are bundled into node_modules/.cache first.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./set-up.mjs";

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function main(args) {
  const check = args.includes("--check");
  const file = join(projectRoot, "schema", "experiment.v2.json");
  const wanted = await experimentJsonSchema();
  const shown = relative(projectRoot, file);
  if ((await contentOf(file)) === wanted) {
    console.log(`${shown} is up to date`);
    return 0;
  }
  if (check) {
    console.error(`${shown} is not what the sources say: run npm run generate and commit it.`);
    return 1;
  }
  await mkdir(join(projectRoot, "schema"), { recursive: true });
  await writeFile(file, wanted);
  console.log(`${shown} written`);
  return 0;
}

/** @returns {Promise<string>} */
async function experimentJsonSchema() {
  const { build } = await import("tsdown");
  const cache = join(projectRoot, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, "regatta-generate-"));
  try {
    await build({
      cwd: projectRoot,
      config: false,
      entry: { schema: "src/experiment/json-schema.ts" },
      outDir,
      format: "esm",
      platform: "node",
      target: "node20.19",
      dts: false,
      clean: false,
      logLevel: "error",
    });
    const made = await import(pathToFileURL(join(outDir, "schema.mjs")).href);
    return made.experimentJsonSchema();
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

/**
 * @param {string} file
 * @returns {Promise<string | null>} null when there is none
 */
async function contentOf(file) {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
