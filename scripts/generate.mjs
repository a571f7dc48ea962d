/**
 * `npm run generate`: writes the files that are made from the sources, which are committed so that editors and the
 * package have them. With `--check` nothing is written, and a file that is not up to date is a failure.
 *
 * The sources are TypeScript, which Node 20 cannot run: they are bundled into node_modules/.cache first.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "./set-up.mjs";

process.exitCode = await main(process.argv.slice(2));

/**
 * @param {readonly string[]} args
 * @returns {Promise<number>}
 */
async function main(args) {
  const check = args.includes("--check");
  // The version first: the other files are made from sources that it is a part of.
  const made = [
    ["src/analytics/version.ts", await analyticsVersion()],
    ["src/analytics/report/page-assets.ts", await pageAssets()],
    ...(await madeFromSources([
      ["schema/experiment.v2.json", "src/experiment/json-schema.ts", "experimentJsonSchema"],
      ["docs/metrics.md", "src/analytics/metrics-document.ts", "metricsDocument"],
    ])),
  ];
  let stale = 0;
  for (const [name, wanted] of made) {
    const file = join(projectRoot, name);
    if ((await contentOf(file)) === wanted) {
      console.log(`${name} is up to date`);
    } else if (check) {
      console.error(`${name} is not what the sources say: run npm run generate and commit it.`);
      stale += 1;
    } else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, wanted);
      console.log(`${name} written`);
    }
  }
  return stale > 0 ? 1 : 0;
}

/**
 * What is kept is worth what the code that made it was: any change of it makes kept ones void.
 *
 * @returns {Promise<string>}
 */
async function analyticsVersion() {
  const readings = await hashOf(
    ["src/records", "src/analytics/metrics", "src/analytics/reading", "src/analytics/trajectory"],
    ["canvas-state.ts", "known.ts", "trial.ts"],
  );
  const comparisons = await hashOf(["src/analytics/comparison", "src/statistics"], ["analysis.ts", "profiles.ts"]);
  return [
    "/** Made by npm run generate. What is kept of another version is not used. */",
    "/** Of the code that reads trials and computes their metrics. */",
    `export const ANALYTICS_VERSION = "${readings}";`,
    "/** Of the code that compares profiles. */",
    `export const COMPARISON_VERSION = "${comparisons}";`,
    "",
  ].join("\n");
}

/**
 * @param {readonly string[]} folders
 * @param {readonly string[]} files of src/analytics
 * @returns {Promise<string>}
 */
async function hashOf(folders, files) {
  const hash = createHash("sha256");
  for (const folder of folders) {
    const names = (await readdir(join(projectRoot, folder))).sort();
    for (const name of names)
      hash.update(`${folder}/${name}\0${await readFile(join(projectRoot, folder, name), "utf8")}\0`);
  }
  for (const name of files)
    hash.update(`${name}\0${await readFile(join(projectRoot, "src/analytics", name), "utf8")}\0`);
  return hash.digest("hex").slice(0, 16);
}

/**
 * What the report's page holds inline, as text that is bundled with the program: the sources stay CSS and JavaScript, which
 * editors, the linter and the type checker know.
 *
 * @returns {Promise<string>}
 */
async function pageAssets() {
  const folder = join(projectRoot, "src/analytics/report/page");
  const assets = /** @type {const} */ ([
    // In the order in which they count: what comes later wins.
    ["PAGE_STYLE", ["page.css", "verdicts.css", "tables.css", "parting.css", "opinions.css", "narrow-and-print.css"]],
    ["FIGURE_STYLE", ["figure.css"]],
    ["PAGE_SCRIPT", ["page.js"]],
  ]);
  const lines = await Promise.all(
    assets.map(async ([name, files]) => {
      const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
      return `export const ${name} = ${JSON.stringify(texts.join(""))};`;
    }),
  );
  return ["/** Made of page/*.css and page/page.js by npm run generate. */", ...lines, ""].join("\n");
}

/**
 * @param {readonly (readonly [file: string, source: string, made: string])[]} wanted a file, and the export of a source that makes it
 * @returns {Promise<(readonly [file: string, content: string])[]>}
 */
async function madeFromSources(wanted) {
  const { build } = await import("tsdown");
  const cache = join(projectRoot, "node_modules", ".cache");
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, "regatta-generate-"));
  try {
    await build({
      cwd: projectRoot,
      config: false,
      entry: Object.fromEntries(wanted.map(([, source, made]) => [made, source])),
      outDir,
      format: "esm",
      platform: "node",
      target: "node20.19",
      dts: false,
      clean: false,
      logLevel: "error",
    });
    return await Promise.all(
      wanted.map(async ([file, , made]) => {
        const module = await import(pathToFileURL(join(outDir, `${made}.mjs`)).href);
        return /** @type {const} */ ([file, module[made]()]);
      }),
    );
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
