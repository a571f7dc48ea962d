/**
 * `npm run demo`: the main job on a fresh clone. Sets everything up, then races the four profiles of examples/demo over its
 * six tasks. Runs in the `local` environment; where that cannot run, in Docker; where neither can, says what is missing.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { projectRoot, runCommand, runInTerminal, setUp } from "./set-up.mjs";

const program = join("dist", "cli.mjs");
const experiments = join(projectRoot, "examples", "demo", "experiments");

process.exitCode = await main();

/** @returns {Promise<number>} */
async function main() {
  await setUp();
  const checks = await diagnose();
  const local = checks.find(({ name }) => name === "local");
  const docker = checks.find(({ name }) => name === "docker");
  if (!local?.ok && !docker?.ok) {
    console.error(`The demo needs Linux namespaces or Docker, and this machine offers neither. ${hintOf(local)}`);
    return 1;
  }
  const file = local?.ok ? join(experiments, "demo.toml") : writeDockerVariant();
  const experiment = relative(projectRoot, file);
  console.log(`$ node ${program} run ${experiment}\n`);
  const code = await runInTerminal(process.execPath, [join(projectRoot, program), "run", experiment]);
  if (code !== 0) return code;
  console.log(`
Next:
  node ${program} results ${experiment}           the table again
  node ${program} plan ${experiment} --explain    what each trial used, and where every value came from
  node ${program} init my-race --dir my-race      an experiment of your own`);
  return 0;
}

/**
 * What the program itself says about this machine.
 *
 * @returns {Promise<{ name: string, ok: boolean, hint?: string }[]>}
 */
async function diagnose() {
  const { output } = await runCommand(process.execPath, [join(projectRoot, program), "doctor", "--json"]);
  try {
    return JSON.parse(output).checks;
  } catch (cause) {
    throw new Error(`regatta doctor --json printed no JSON:\n${output}`, { cause });
  }
}

/** @param {{ hint?: string } | undefined} check */
function hintOf(check) {
  if (process.platform !== "linux") return "Install and start Docker, then run `npm run demo` again.";
  return check?.hint ?? "Allow user namespaces with `sudo sysctl -w kernel.unprivileged_userns_clone=1`.";
}

/**
 * The same experiment with Docker for its environment, in a file that git ignores.
 *
 * @returns {string} its path
 */
function writeDockerVariant() {
  const text = readFileSync(join(experiments, "demo.toml"), "utf8");
  const file = join(experiments, "demo-docker.generated.toml");
  mkdirSync(experiments, { recursive: true });
  const variant = text.replace('container_env = "local"', 'container_env = "docker"');
  writeFileSync(file, variant.replace('slug = "demo"', 'slug = "demo-docker"'));
  return file;
}
