/** Parts of the program that no command reaches on its own, for benches that measure just them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { projectRoot } from "../scripts/set-up.mjs";

/**
 * Our sources as JavaScript, since the oldest Node we support cannot run TypeScript; gone when `use` is over.
 *
 * @template T
 * @param {readonly string[]} folders below src/, with all that they import
 * @param {(load: (path: string) => Promise<any>) => Promise<T>} use `load` imports a source by its path below src/
 * @returns {Promise<T>}
 */
export async function withTranspiled(folders, use) {
  // Below the project, so that packages are found.
  const cache = join(projectRoot, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const to = mkdtempSync(join(cache, "bench-"));
  try {
    writeFileSync(join(to, "package.json"), '{ "type": "module" }');
    for (const folder of folders) transpile(join(projectRoot, "src", folder), join(to, folder));
    return await use((path) => import(pathToFileURL(join(to, path.replace(/\.ts$/, ".js"))).href));
  } finally {
    rmSync(to, { recursive: true, force: true });
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function transpile(from, to) {
  const options = {
    target: ScriptTarget.ES2023,
    module: ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    rewriteRelativeImportExtensions: true,
  };
  for (const name of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts") || name.startsWith("testing/")) continue;
    const file = join(to, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(file), { recursive: true });
    const { outputText } = transpileModule(readFileSync(join(from, name), "utf8"), { compilerOptions: options });
    writeFileSync(file, outputText);
  }
}
