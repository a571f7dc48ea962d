/** A task directory as a `Task`. What cannot be run yet is named in it, so that such a task is refused later, for itself alone. */
import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../contract/failure.ts";
import type { Task, TaskOrigin } from "../contract/task.ts";
import { isErrno } from "../host/files.ts";
import { stripCanary } from "./canary.ts";
import { isDirectory, isFile } from "./content-files.ts";
import { taskDigest } from "./task-digest.ts";
import { readTaskToml, type TaskToml } from "./task-toml.ts";

/**
 * @param options.id as in the experiment
 * @param options.source dataset name; null for a task given by path
 * @throws UserError naming the task and the file: what is missing, or what is wrong in task.toml and where
 */
export async function loadTask(
  dir: string,
  options: { readonly id: string; readonly source: string | null; readonly git?: TaskOrigin },
): Promise<Task> {
  const top = resolve(dir);
  if (!(await isDirectory(top))) throw missing(options.id, top, "no such directory");
  await demandOwn(options.id, top);
  const text = await named(options.id, readText(join(top, "task.toml")));
  if (text === null) throw missing(options.id, top, "there is no task.toml, so this is not a task directory");
  const toml = await named(options.id, readTaskToml(text, join(top, "task.toml")));
  if (!(await isDirectory(join(top, "environment")))) {
    throw missing(
      options.id,
      top,
      "there is no environment/ directory (it may be empty if task.toml names a docker_image)",
    );
  }
  return assemble(top, options, toml);
}

/** What is read on this machine, by name. Links among the other files stay links, and mean what they mean in a sandbox. */
const READ_HERE = [
  "task.toml",
  "instruction.md",
  "environment",
  "environment/Dockerfile",
  "environment/.dockerignore",
  "tests",
  "tests/test.sh",
  "solution",
];

/**
 * A task may be somebody else's: its links may lead to what lies beside it, so that tasks can share files, and not to the rest of
 * this machine, whose files would end up in front of its own code.
 */
async function demandOwn(id: string, dir: string): Promise<void> {
  const around = dirname(await realpath(dir));
  for (const name of READ_HERE) {
    let target: string;
    try {
      target = await realpath(join(dir, name));
    } catch (error) {
      // What is missing is told by whoever needs it.
      if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES")) continue;
      throw error;
    }
    if (!`${target}/`.startsWith(around === "/" ? "/" : `${around}/`))
      throw new UserError(`task "${id}": ${join(dir, name)} leads to ${target}, out of ${around}`, [
        "a task's links may lead to what lies beside it, and no further: copy the file, or put it there",
      ]);
  }
}

async function assemble(
  dir: string,
  { id, source, git = null }: { readonly id: string; readonly source: string | null; readonly git?: TaskOrigin | null },
  toml: TaskToml,
): Promise<Task> {
  const { os, network, ...environment } = toml.environment;
  const environmentDir = join(dir, "environment");
  const solutionDir = join(dir, "solution");
  const dockerfile = join(environmentDir, "Dockerfile");
  const hasDockerfile = await isFile(dockerfile);
  const hasCompose = await isFile(join(environmentDir, "docker-compose.yaml"));
  const unsupported = [...toml.unsupported];
  if (hasCompose) unsupported.push("docker compose (environment/docker-compose.yaml)");
  if (await isFile(join(dir, "trajectory.json"))) unsupported.push("prior context (trajectory.json)");
  const notes = [...toml.notes];
  if (!hasDockerfile && !hasCompose && environment.dockerImage === null) {
    notes.push("there is neither environment/Dockerfile nor a docker_image in task.toml: docker has nothing to start");
  }

  const instruction = await readInstruction(dir, id, toml.multiStep);
  await checkTests(dir, id, os, toml);
  return {
    id,
    name: toml.name ?? basename(dir),
    dir,
    source,
    git,
    digest: await named(id, taskDigest(dir)),
    instruction,
    agent: toml.agent,
    verifier: toml.verifier,
    environment: {
      ...environment,
      dir: environmentDir,
      dockerfile: hasDockerfile ? dockerfile : null,
      // An allowlist is refused as unsupported; should it ever start, then shut.
      network: network === "public" ? "public" : "no-network",
    },
    solution: { dir: (await isDirectory(solutionDir)) ? solutionDir : null, env: toml.solutionEnv },
    artifacts: toml.artifacts,
    metadata: toml.metadata,
    unsupported,
    notes,
  };
}

async function readInstruction(dir: string, id: string, multiStep: boolean): Promise<string> {
  const text = await named(id, readText(join(dir, "instruction.md")));
  if (text !== null) return stripCanary(text.replace(/\r\n?/g, "\n"));
  if (multiStep) return "";
  throw missing(id, dir, "there is no instruction.md");
}

/** A verifier of its own brings its tests in its image; several steps may have theirs in their folders. */
async function checkTests(dir: string, id: string, os: "linux" | "windows", toml: TaskToml): Promise<void> {
  if (toml.multiStep || toml.separateVerifier) return;
  const script = os === "windows" ? "tests/test.bat" : "tests/test.sh";
  if (!(await isFile(join(dir, script)))) throw missing(id, dir, `there is no ${script}, which gives the reward`);
}

/** @returns null when there is no such file. */
async function readText(path: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return null;
    if (isErrno(error, "EISDIR")) throw new UserError(`${path} is a directory, expected a file`, [], { cause: error });
    if (isErrno(error, "EACCES", "EPERM")) throw new UserError(`${path} may not be read`, [], { cause: error });
    throw error;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UserError(`${path} is not UTF-8 text`, [], { cause: error });
  }
}

function missing(id: string, dir: string, what: string): UserError {
  return new UserError(`task "${id}": ${dir}: ${what}`);
}

/** Puts the task's id before the message. */
async function named<T>(id: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof UserError)
      throw new UserError(`task "${id}": ${error.message}`, error.lines, { cause: error });
    throw error;
  }
}
