/**
 * Checks that every file under src/ imports only what the table in layers.json allows.
 *
 * A folder imports the folders of its row; of an `open` folder any file, of another only its `ports` files. Composer folders
 * may import implementations, and are whole for the rows that name them. A port file imports no other file of its own folder
 * but ports, or it would let implementations out by a re-export. `builtins` says which of Node's modules a folder must not name.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, extname, join, posix, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importsOf } from "./imports-of.mjs";

/** @typedef {import("./imports-of.mjs").Import} Import */
/**
 * @typedef {object} Table
 * @property {Record<string, string[]>} layers folder → folders it may import
 * @property {string[]} open
 * @property {Record<string, string[]>} ports folder → its port files, relative to it
 * @property {string[]} composer
 * @property {Record<string, { forbid: string[], typesAllowed?: boolean }>} [builtins] folder → Node modules without `node:`; `*` = all
 */
/** @typedef {{ file: string, line: number, column: number, message: string }} Problem */
/** @typedef {{ root: string, table: Table, dependencies: Set<string> }} Context */

const sourceExtensions = new Set([".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"]);
const builtinNames = new Set(builtinModules.map((name) => name.replace(/^node:/, "")));

/**
 * @param {string} root project root with layers.json, package.json and src/
 * @returns {{ problems: Problem[], files: number, imports: number }}
 */
export function checkLayers(root) {
  const table = /** @type {Table} */ (JSON.parse(readFileSync(join(root, "layers.json"), "utf8")));
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const context = { root, table, dependencies: new Set(Object.keys(dependencies)) };
  const problems = checkTable(context);
  const files = sourceFiles(join(root, "src"));
  let imports = 0;
  for (const file of files) {
    const found = importsOf(file, readFileSync(file, "utf8"));
    imports += found.length;
    problems.push(...checkFile(context, file, found));
  }
  return { problems, files: files.length, imports };
}

/**
 * The table itself: folders that it does not know, rows that name unknown folders, cycles, ports that do not exist.
 *
 * @param {Context} context
 * @returns {Problem[]}
 */
function checkTable({ root, table }) {
  /** @type {string[]} */
  const messages = [];
  const known = new Set(Object.keys(table.layers));
  const named = [
    ...Object.values(table.layers).flat(),
    ...table.open,
    ...table.composer,
    ...Object.keys(table.ports),
    ...Object.keys(table.builtins ?? {}),
  ];
  for (const name of new Set(named)) if (!known.has(name)) messages.push(`"${name}" is named but has no row in layers`);
  for (const folder of known) {
    if (reaches(table, folder, folder)) messages.push(`"${folder}" may import itself through its own row: a cycle`);
  }
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of folders) {
    if (!known.has(name)) messages.push(`src/${name} has no row in layers`);
    for (const port of table.ports[name] ?? []) {
      const isThere = statSync(join(root, "src", name, port), { throwIfNoEntry: false })?.isFile();
      if (!isThere && sourceFiles(join(root, "src", name)).length > 0) {
        messages.push(`the port src/${name}/${port} does not exist`);
      }
    }
  }
  return messages.map((message) => ({ file: "layers.json", line: 1, column: 1, message }));
}

/**
 * @param {Table} table
 * @param {string} from
 * @param {string} to
 * @param {Set<string>} [seen]
 * @returns {boolean}
 */
function reaches(table, from, to, seen = new Set()) {
  for (const next of table.layers[from] ?? []) {
    if (next === to) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    if (reaches(table, next, to, seen)) return true;
  }
  return false;
}

/**
 * @param {Context} context
 * @param {string} file
 * @param {readonly Import[]} imports
 * @returns {Problem[]}
 */
function checkFile(context, file, imports) {
  const name = slashed(relative(context.root, file));
  const [, folder = "", ...rest] = name.split("/");
  if (rest.length === 0) return [{ file: name, line: 1, column: 1, message: "no file may stand in the root of src/" }];
  if (!(folder in context.table.layers)) return []; // Reported once for the folder.
  const problems = [];
  for (const found of imports) {
    const message = judge(context, { file, folder, inFolder: rest.join("/") }, found);
    if (message !== null) problems.push({ file: name, line: found.line, column: found.column, message });
  }
  return problems;
}

/**
 * @param {Context} context
 * @param {{ file: string, folder: string, inFolder: string }} from
 * @param {Import} found
 * @returns {string | null} what is wrong
 */
function judge(context, from, found) {
  const { specifier } = found;
  if (specifier === null) return "an import with a computed path cannot be checked: write the path out";
  if (specifier.startsWith("./") || specifier.startsWith("../") || specifier === "." || specifier === "..") {
    return judgeRelative(context, from, specifier);
  }
  if (/^(#|\/|(?!node:)[A-Za-z][A-Za-z+.-]*:)/.test(specifier)) {
    return `"${specifier}" is neither a relative path nor a package`;
  }
  const builtin = specifier.replace(/^node:/, "");
  if (specifier.startsWith("node:") || builtinNames.has(builtin)) return judgeBuiltin(context, from, found, builtin);
  return judgePackage(context, from, found);
}

/**
 * @param {Context} context
 * @param {{ file: string, folder: string, inFolder: string }} from
 * @param {string} specifier
 */
function judgeRelative({ root, table }, from, specifier) {
  const path = slashed(relative(join(root, "src"), resolve(dirname(from.file), specifier)));
  if (path === "" || path.startsWith("../")) return `"${specifier}" leaves src/`;
  const [to = "", ...rest] = path.split("/");
  const target = withSourceExtension(rest.join("/"));
  const isPort = (table.ports[to] ?? []).includes(target);
  if (to === from.folder) {
    const fromPort = (table.ports[to] ?? []).includes(from.inFolder);
    return fromPort && !isPort ? `a port file may import only ports of its own folder, not ${target}` : null;
  }
  if (!(to in table.layers)) return `src/${to} has no row in layers.json`;
  if (!table.layers[from.folder]?.includes(to)) return `${from.folder} may not import ${to} (layers.json)`;
  if (table.open.includes(to) || table.composer.includes(to) || table.composer.includes(from.folder) || isPort)
    return null;
  const ports = table.ports[to];
  return `of ${to}, ${from.folder} may import ${ports ? `only ${ports.join(", ")}` : "nothing: it has no port"}, not ${target || "the folder"}`;
}

/**
 * @param {Context} context
 * @param {{ folder: string }} from
 * @param {Import} found
 * @param {string} builtin
 */
function judgeBuiltin({ table }, from, found, builtin) {
  const rule = table.builtins?.[from.folder];
  if (!rule || (rule.typesAllowed && found.typeOnly)) return null;
  const top = builtin.split("/")[0] ?? builtin;
  if (!rule.forbid.includes("*") && !rule.forbid.includes(top)) return null;
  return `${from.folder} may not import node:${builtin}${rule.typesAllowed ? ", except for types" : ""} (layers.json)`;
}

/**
 * What is installed with the product is what `dependencies` says; types vanish, and tests run only here.
 *
 * @param {Context} context
 * @param {{ folder: string, inFolder: string }} from
 * @param {Import} found
 */
function judgePackage({ dependencies }, from, found) {
  const parts = (found.specifier ?? "").split("/");
  const name = found.specifier?.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  if (dependencies.has(name) || found.typeOnly) return null;
  const isTest =
    /\.test\.[cm]?tsx?$/.test(from.inFolder) || posix.dirname(from.inFolder).split("/").includes("testing");
  return isTest ? null : `"${name}" is not in the dependencies of package.json`;
}

/** @param {string} path */
function withSourceExtension(path) {
  const extension = extname(path);
  if (/^\.[cm]?js$/.test(extension)) return path.slice(0, -extension.length) + extension.replace("js", "ts");
  return path;
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function sourceFiles(directory) {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => !entry.isDirectory() && sourceExtensions.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** @param {string} path */
function slashed(path) {
  return path.split(sep).join("/");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { problems, files, imports } = checkLayers(fileURLToPath(new URL("..", import.meta.url)));
  for (const { file, line, column, message } of problems) console.error(`${file}:${line}:${column}: ${message}`);
  console.log(`${imports} imports in ${files} files, ${problems.length} against the layers`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
