/**
 * A Python project installed into an environment of its own, at the place where it will be mounted:
 * `venv/` with the project and its dependencies, `src/` with its files, `bin/uv` so that `uv run …` works without uv.
 *
 * With a `uv.lock` its dependencies are those; without one they are what the index has when it is built, and are listed in
 * `installed.txt`. Building a project runs its own build program on this machine, as installing it would.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import type { Platform, ToolchainRequest } from "../../contract/toolchain.ts";
import { isErrno, readJsonTolerant, writeJsonAtomic } from "../../host/files.ts";
import { shownUrl } from "../../host/shown-url.ts";
import { fetchCommit, type GitSettings, type GitSource, resolveGit } from "../git-source.ts";
import { copyFiles, gitNotes, projectFiles } from "../local-files.ts";
import { type Made, type MakeSettings, planned, type PlannedToolchain } from "../planned.ts";
import { compileAll, type Interpreter, pythonSupply } from "./interpreter.ts";
import { installProject } from "./install-project.ts";
import { pythonFor } from "./python-version.ts";
import { placeEnvironment } from "./place-environment.ts";
import { planUv, UV_PROGRAM } from "./uv.ts";

type PythonRequest = Extract<ToolchainRequest, { readonly kind: "python" }>;

interface Source {
  readonly name: string;
  readonly version: string | null;
  readonly inputs: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  readonly wishes: { readonly versionFile: string | null; readonly pyproject: string | null };
  fill(dir: string, signal: AbortSignal): Promise<void>;
}

export async function planPython(request: PythonRequest, settings: GitSettings): Promise<PlannedToolchain> {
  const { env } = settings;
  const platform: Platform = { arch: request.arch, libc: request.libc };
  const source =
    "git" in request.source
      ? await gitProject(await resolveGit(request.source.git, request.source.ref ?? null, settings), settings)
      : await localProject(resolve(request.source.path));
  const supply = await pythonSupply(platform, env);
  const python = supply.interpreter(pythonFor({ asked: request.python ?? null, ...source.wishes }, supply.offered));
  const extras = [...new Set(request.extras)].toSorted();
  return planned({
    name: request.name ?? source.name,
    version: source.version,
    inputs: {
      kind: "python",
      ...source.inputs,
      extras,
      ...platform,
      ...(python.toolchain === null ? { systemPython: `${python.program} ${python.version}` } : {}),
    },
    needs: python.toolchain === null ? [] : [python.toolchain],
    tools: [planUv(env)],
    notes: [...source.notes, ...python.notes],
    make: (made) => makeProject(source, python, extras, env, made),
  });
}

async function gitProject(at: GitSource, settings: GitSettings): Promise<Source> {
  const name = basename(new URL(at.url, "file:///").pathname).replace(/\.git$/, "");
  return {
    name,
    version: at.commit.slice(0, 12),
    inputs: { commit: at.commit },
    notes: [`${shownUrl(at.url)} at commit ${at.commit.slice(0, 12)}`],
    wishes: await wishesOf(at, settings),
    fill: (dir, signal) => fetchCommit(at, dir, settings.env, signal),
  };
}

/** Never another at that commit: fetched once, and remembered. */
async function wishesOf(at: GitSource, { env, keptDir }: GitSettings): Promise<Source["wishes"]> {
  const file = join(keptDir, `python-${at.commit}.json`);
  const kept = await readJsonTolerant(file);
  if (kept.state === "ok" && isRecord(kept.value)) {
    const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
    return { versionFile: text(kept.value["versionFile"]), pyproject: text(kept.value["pyproject"]) };
  }
  const dir = await mkdtemp(join(tmpdir(), "regatta-source-"));
  try {
    await fetchCommit(at, dir, env);
    const wishes = await wishesIn(dir);
    await mkdir(keptDir, { recursive: true });
    await writeJsonAtomic(file, wishes);
    return wishes;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function localProject(dir: string): Promise<Source> {
  const files = await projectFiles(dir);
  return {
    name: basename(dir),
    version: null,
    inputs: { digest: files.digest },
    notes: await gitNotes(dir),
    wishes: await wishesIn(dir),
    fill: (to) => copyFiles(dir, files, to),
  };
}

async function wishesIn(dir: string): Promise<Source["wishes"]> {
  return {
    versionFile: await textOf(join(dir, ".python-version")),
    pyproject: await textOf(join(dir, "pyproject.toml")),
  };
}

async function makeProject(
  source: Source,
  python: Interpreter,
  extras: readonly string[],
  env: NodeJS.ProcessEnv,
  settings: MakeSettings,
): Promise<Made> {
  const { dir, scratch, mountPath, needs, tools, log, signal } = settings;
  const src = join(dir, "src");
  await mkdir(src);
  await source.fill(src, signal);
  // A build writes into the project's folder.
  const project = join(scratch, "src");
  await cp(src, project, { recursive: true, verbatimSymlinks: true });
  const home = needs[0];
  const uv = join(tools[0]?.hostDir ?? "", UV_PROGRAM);
  const program = home === undefined ? python.program : join(home.hostDir, python.program);
  const { installed, locked } = await installProject({
    uv,
    python: program,
    project,
    venv: join(dir, "venv"),
    extras,
    env,
    scratch,
    log,
    signal,
  });
  await writeFile(join(dir, "installed.txt"), installed.replaceAll(`file://${project}`, `file://${mountPath}/src`));
  await compileAll(join(dir, "venv/bin/python"), { dir, mountPath, below: "venv/lib", log, signal });
  await placeEnvironment({
    dir,
    mountPath,
    project,
    python: home === undefined ? python.program : `${home.mountPath}/${python.program}`,
  });
  return {
    binDirs: ["bin", "venv/bin"],
    notes: locked
      ? []
      : ["there is no uv.lock: its dependencies are those of the day it was built (installed.txt lists them)"],
  };
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EISDIR")) return null;
    throw error;
  }
}
