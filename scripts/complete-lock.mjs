/**
 * Completes package-lock.json with the packages for other platforms, which npm leaves out when the registry that it
 * was made from does not carry them; `npm ci` then refuses the file everywhere. Run it after every `npm install <name>`.
 *
 * `--check` only says whether the file is whole. An entry made here has a version and a platform but no integrity,
 * and is never installed on the platform that the file was made on.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./set-up.mjs";

const SYSTEMS = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const PROCESSORS = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

const file = join(projectRoot, "package-lock.json");
const lock = JSON.parse(readFileSync(file, "utf8"));
const missing = missingFrom(lock.packages);
if (process.argv.includes("--check")) {
  if (missing.length > 0) {
    console.error(
      `package-lock.json lacks ${missing.length} packages of other platforms, the first: ${missing[0]?.path}`,
    );
    console.error("Run: node scripts/complete-lock.mjs");
    process.exitCode = 1;
  }
} else if (missing.length > 0) {
  for (const { path, entry } of missing) lock.packages[path] = entry;
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`added ${missing.length} packages of other platforms`);
}

/**
 * @param {Record<string, { dev?: boolean, optionalDependencies?: Record<string, string> }>} packages
 * @returns {{ path: string, entry: object }[]}
 */
function missingFrom(packages) {
  const found = [];
  for (const parent of Object.values(packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (Object.keys(packages).some((each) => each.endsWith(path))) continue;
      const words = name.split(/[-/]/);
      const os = SYSTEMS.filter((system) => words.includes(system));
      const cpu = PROCESSORS.filter((processor) => words.includes(processor));
      const dev = parent.dev === true ? { dev: true } : {};
      found.push({
        path,
        entry: {
          version,
          ...(cpu.length > 0 ? { cpu } : {}),
          ...dev,
          optional: true,
          ...(os.length > 0 ? { os } : {}),
        },
      });
    }
  }
  return found;
}
