/**
 * Checks that what the documents name is there: link targets and headings, paths in inline code, npm scripts, and the
 * commands and flags of `regatta` itself, which are asked of the built program.
 *
 * Left out: `instruction.md` and anything under a `fixtures` folder. Those are data of tasks and tests, not documents.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { commandLinesIn, headingsIn, linksIn, spansIn } from "./markdown.mjs";
import { runCommand } from "./set-up.mjs";

/** @typedef {{ file: string, line: number, message: string }} Problem */
/** @typedef {(command: readonly string[]) => Promise<string | null>} Help the help text of a command, null = there is none */

const ignoredFolders = new Set(["node_modules", "dist", "results", "coverage", "fixtures", ".git"]);
const pathInCode = /^(src|test|scripts|docs|schema|bench|examples)\/\S*$/;

/**
 * @param {string} root
 * @param {Help | null} help null = the program is not there yet, and its commands are not checked
 * @returns {Promise<{ problems: Problem[], files: number }>}
 */
export async function checkDocs(root, help) {
  const scripts = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts ?? {});
  const files = documentsUnder(root);
  const problems = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    const name = relative(root, file).split(sep).join("/");
    const found = [
      ...checkLinks(root, file, text),
      ...checkPaths(root, text),
      ...checkScripts(new Set(scripts), text),
      ...(help ? await checkCommands(help, text) : []),
    ];
    problems.push(...found.map((each) => ({ file: name, ...each })));
  }
  return { problems, files: files.length };
}

/**
 * @param {string} directory
 * @returns {string[]}
 */
function documentsUnder(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return ignoredFolders.has(entry.name) ? [] : documentsUnder(path);
      return entry.name.endsWith(".md") && entry.name !== "instruction.md" ? [path] : [];
    })
    .sort();
}

/**
 * @param {string} root
 * @param {string} file
 * @param {string} text
 */
function checkLinks(root, file, text) {
  const problems = [];
  for (const { line, target } of linksIn(text)) {
    if (/^([a-z][a-z+.-]*:|\/\/)/i.test(target)) continue;
    const [encoded = "", heading] = target.split("#");
    const path = decodeURIComponent(encoded.replace(/\?.*$/, ""));
    const full = path === "" ? file : join(path.startsWith("/") ? root : dirname(file), path);
    if (!existsSync(full)) problems.push({ line, message: `the link target ${path} does not exist` });
    else if (heading && full.endsWith(".md") && !headingsIn(readFileSync(full, "utf8")).has(heading)) {
      problems.push({ line, message: `${path || "this file"} has no heading #${heading}` });
    }
  }
  return problems;
}

/**
 * @param {string} root
 * @param {string} text
 */
function checkPaths(root, text) {
  const problems = [];
  for (const { line, code } of spansIn(text)) {
    if (!pathInCode.test(code)) continue;
    const path = code.replace(/[,.;]$/, "").replace(/:\d+(:\d+)?$|#.*$/, "");
    for (const each of expandBraces(path)) {
      // Of `src/agents/<name>/agent.ts` and `test/**` the part before the blank has to be there.
      const blank = each.search(/[<*{…$]|\.\.\./);
      const fixed = blank < 0 ? each : each.slice(0, each.lastIndexOf("/", blank) + 1);
      if (!existsSync(join(root, fixed))) problems.push({ line, message: `${each} does not exist` });
    }
  }
  return problems;
}

/**
 * @param {string} path such as `src/{a,b}/c.ts`
 * @returns {string[]}
 */
function expandBraces(path) {
  const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(path);
  if (!match) return [path];
  const [, before = "", choices = "", after = ""] = match;
  return choices.split(",").flatMap((choice) => expandBraces(before + choice + after));
}

/**
 * @param {Set<string>} scripts
 * @param {string} text
 */
function checkScripts(scripts, text) {
  const problems = [];
  for (const [index, content] of text.split("\n").entries()) {
    const named = [...content.matchAll(/\bnpm run ([A-Za-z][\w:-]*)/g)].map((match) => match[1] ?? "");
    if (/\bnpm test\b/.test(content)) named.push("test");
    for (const name of named) {
      if (!scripts.has(name)) problems.push({ line: index + 1, message: `package.json has no script "${name}"` });
    }
  }
  return problems;
}

/**
 * @param {Help} help
 * @param {string} text
 */
async function checkCommands(help, text) {
  const problems = [];
  for (const { line, words } of commandLinesIn(text)) {
    const command = words[0]?.startsWith("-") ? [] : words.slice(0, 1);
    if (words[0] && /^[<[…]/.test(words[0])) continue;
    const usage = await help(command);
    if (usage === null) {
      problems.push({ line, message: `regatta has no command "${words[0]}"` });
      continue;
    }
    const known = new Set(usage.match(/(?<![\w-])--?[A-Za-z][\w-]*/g));
    // After `--` stand words for somebody else.
    const own = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
    for (const word of own) {
      const flag = /^--?[A-Za-z][\w-]*/.exec(word)?.[0];
      if (!flag || flag === "--help" || flag === "-h" || known.has(flag)) continue;
      problems.push({ line, message: `regatta ${command.join("")} has no option ${flag}`.replace("  ", " ") });
    }
  }
  return problems;
}

/**
 * Asks the built program, each command once.
 *
 * @param {string} program
 * @returns {Help}
 */
function helpOf(program) {
  /** @type {Map<string, Promise<string | null>>} */
  const asked = new Map();
  return (command) => {
    const key = command.join(" ");
    const answer = asked.get(key) ?? ask(program, command);
    asked.set(key, answer);
    return answer;
  };
}

/**
 * @param {string} program
 * @param {readonly string[]} command
 */
async function ask(program, command) {
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "200" };
  const root = await runCommand(process.execPath, [program, "--help"], { env });
  if (root.code !== 0) throw new Error(`${program} --help failed:\n${root.output}`);
  const [name] = command;
  if (name === undefined) return root.output;
  // Only a command of the list counts: for an unknown one some parsers print the general help and exit with 0.
  const isListed = root.output.split("\n").some((line) => new RegExp(`^\\s+(\\w+\\|)?${name}(\\||\\s|$)`).test(line));
  if (!isListed) return null;
  const { code, output } = await runCommand(process.execPath, [program, name, "--help"], { env });
  return code === 0 ? output : null;
}

async function main() {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const program = join(root, "dist", "cli.mjs");
  const hasProgram = existsSync(program);
  if (!hasProgram && existsSync(join(root, "src", "cli", "main.ts")))
    throw new Error(`${program} is missing: npm run build`);
  const { problems, files } = await checkDocs(root, hasProgram ? helpOf(program) : null);
  for (const { file, line, message } of problems) console.error(`${file}:${line}: ${message}`);
  console.log(`${files} documents, ${problems.length} names of things that do not exist`);
  return problems.length > 0 ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await main();
