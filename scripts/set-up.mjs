/**
 * Brings a clone to the state that every other script needs: dependencies installed, `dist` built.
 *
 * Runs before any dependency exists, so it imports Node's own modules only. Whether something is missing is decided by
 * content, not by file times: git does not keep them, and npm writes its two lockfiles in an order of its own.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const projectRoot = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");
const nodeModules = join(projectRoot, "node_modules");
const cache = join(nodeModules, ".cache", "regatta");
const dist = join(projectRoot, "dist");
const oldestNode = [20, 19];

/** The source could not be built; `message` holds the builder's output. */
export class BuildError extends Error {
  /** @override */
  name = "BuildError";
}

/** Everything: right Node, dependencies, build. Prints one line per thing that had to be done. */
export async function setUp() {
  checkNode(process.versions.node);
  await ensureDependencies();
  await ensureBuilt();
}

/**
 * @param {string} version such as `20.19.0`
 * @throws {Error} when this Node is too old
 */
export function checkNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = oldestNode;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new Error(`Node ${version} is too old: Regatta needs ${oldestNode.join(".")} or later.`);
}

/** `npm ci`, when what is installed is not what package-lock.json says. */
async function ensureDependencies() {
  const wanted = join(projectRoot, "package-lock.json");
  const installed = join(nodeModules, ".package-lock.json");
  const reason = existsSync(installed)
    ? firstDifference(readFileSync(wanted, "utf8"), readFileSync(installed, "utf8"))
    : "node_modules is missing";
  if (reason === null) return;
  console.log(`Installing npm packages (${reason})`);
  const npm = process.env["npm_execpath"];
  const [command, prefix] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  const { code, output } = await runCommand(command, [...prefix, "ci", "--no-audit", "--no-fund"]);
  if (code !== 0) throw new Error(`npm ci failed with exit code ${code}:\n${output}`);
}

/**
 * Why the installed packages are not those of the lockfile, in words, or null when they are.
 * Packages for other platforms are in the lockfile and rightly not installed: npm marks them optional.
 *
 * @param {string} lockText package-lock.json
 * @param {string} installedText node_modules/.package-lock.json
 * @returns {string | null}
 */
export function firstDifference(lockText, installedText) {
  const wanted = JSON.parse(lockText).packages;
  let installed;
  try {
    installed = JSON.parse(installedText).packages;
  } catch (error) {
    if (error instanceof SyntaxError) return "the last install was cut short";
    throw error;
  }
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === "") continue;
    const present = installed[path];
    if (present === undefined && (entry.optional || entry.devOptional)) continue;
    if (present?.version !== entry.version) return `${path.replace(/^node_modules\//, "")} ${entry.version} is missing`;
  }
  return null;
}

/**
 * Builds `dist` unless it already is the build of these sources. Safe to call from several processes at once: one builds,
 * the others wait, and the finished directory is swapped in by a rename.
 *
 * @throws {BuildError}
 */
export async function ensureBuilt() {
  if (!existsSync(join(projectRoot, "src", "cli", "main.ts"))) return;
  if (isBuilt()) return;
  const unlock = await takeLock(join(cache, "build.lock"));
  try {
    if (!isBuilt()) await build();
  } finally {
    unlock();
  }
}

async function build() {
  const sources = hashOfSources();
  const fresh = join(cache, `dist-${process.pid}`);
  const old = join(cache, `old-${process.pid}`);
  try {
    const tsdown = join(nodeModules, "tsdown", "dist", "run.mjs");
    const { code, output } = await runCommand(process.execPath, [tsdown, "--out-dir", fresh, "--logLevel", "warn"], {
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
    });
    if (code !== 0) throw new BuildError(`The build failed:\n${output.trimEnd()}`);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
    writeFileSync(join(cache, "built.json"), JSON.stringify({ sources, dist: hashOfTrees([dist]) }));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(old, { recursive: true, force: true });
  }
}

/** True when `dist` is exactly what was built from the sources as they are now. */
function isBuilt() {
  const stamp = join(cache, "built.json");
  if (!existsSync(stamp) || !existsSync(join(dist, "cli.mjs"))) return false;
  let built;
  try {
    built = JSON.parse(readFileSync(stamp, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
  return built.sources === hashOfSources() && built.dist === hashOfTrees([dist]);
}

function hashOfSources() {
  const files = ["src", "package.json", "package-lock.json", "tsconfig.json", "tsdown.config.ts"];
  return hashOfTrees(files.map((name) => join(projectRoot, name)));
}

/** @param {readonly string[]} paths files and directories */
function hashOfTrees(paths) {
  const hash = createHash("sha256");
  for (const path of paths.flatMap((each) => [...filesUnder(each)])) {
    const content = readFileSync(path);
    hash.update(`${relative(projectRoot, path).split(sep).join("/")}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

/**
 * @param {string} path
 * @returns {Generator<string>}
 */
function* filesUnder(path) {
  const entries = readdirOrNull(path);
  if (entries === null) {
    yield path;
    return;
  }
  for (const name of entries.sort()) yield* filesUnder(join(path, name));
}

/** @param {string} path */
function readdirOrNull(path) {
  try {
    return readdirSync(path);
  } catch (error) {
    if (hasCode(error, "ENOTDIR")) return null;
    throw error;
  }
}

/**
 * A directory as a lock: mkdir succeeds for one process only. The pid inside lets others take over from one that died.
 *
 * @param {string} path
 * @returns {Promise<() => void>} gives the lock back
 */
async function takeLock(path) {
  mkdirSync(join(path, ".."), { recursive: true });
  const owner = join(path, "pid");
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      mkdirSync(path);
      writeFileSync(owner, String(process.pid));
      return () => rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
    if (!isAlive(owner)) rmSync(path, { recursive: true, force: true });
    if (Date.now() > deadline) throw new Error(`Another process has been building for two minutes; remove ${path}`);
    await delay(100);
  }
}

/** @param {string} pidFile */
function isAlive(pidFile) {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    // Between the mkdir and the write of its owner: give that owner the benefit of the doubt.
    if (pid === 0) return true;
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (hasCode(error, "ESRCH")) return false;
    if (hasCode(error, "EPERM") || hasCode(error, "ENOENT")) return true;
    throw error;
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}

/**
 * Runs a command to its end with both streams collected in one text.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<{ code: number, output: string }>} 128 + signal number is not known here: a signal gives 1
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ code: code ?? 1, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });
}

/**
 * Runs a command with this process's own terminal.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} its exit code
 */
export function runInTerminal(command, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectRoot, env, stdio: "inherit" });
    // Ctrl-C reaches the child through the terminal: this process only has to outlive it.
    const wait = () => {};
    process.on("SIGINT", wait);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      process.off("SIGINT", wait);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
