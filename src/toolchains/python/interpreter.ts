/**
 * A Python that runs from wherever it lies: uv's own, downloaded as uv is told to (UV_PYTHON_INSTALL_MIRROR,
 * UV_PYTHON_DOWNLOADS_JSON_URL). With UV_PYTHON_PREFERENCE=only-system or UV_PYTHON_DOWNLOADS=never it is this machine's,
 * which only a sandbox over this machine's own files has.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isRecord } from "../../base/is-record.ts";
import { UserError } from "../../contract/failure.ts";
import type { Platform } from "../../contract/toolchain.ts";
import { parseJsonTolerant } from "../../host/files.ts";
import { httpGet } from "../../host/http-get.ts";
import { PINNED, PYTHONS } from "../pinned.ts";
import { planned, type PlannedToolchain } from "../planned.ts";
import { runProgram } from "../run-program.ts";
import { runsHere } from "../this-host.ts";
import { pythonEnv } from "./python-env.ts";
import type { OfferedPythons } from "./python-version.ts";
import { planUv, UV_PROGRAM } from "./uv.ts";

export interface Interpreter {
  readonly version: string;
  /** Null = this machine's own. */
  readonly toolchain: PlannedToolchain | null;
  /** Relative to the toolchain, or absolute. */
  readonly program: string;
  readonly notes: readonly string[];
}

export interface PythonSupply {
  readonly offered: OfferedPythons;
  interpreter(version: string): Interpreter;
}

const run = promisify(execFile);
const PROGRAM = "bin/python3";
/** Visible in sandboxes over this machine's files. */
const SYSTEM_DIRS = ["/usr/bin", "/usr/local/bin"];
const MINORS = PYTHONS.map((version) => version.split(".").slice(0, 2).join("."));

/** @throws UserError where none could run. */
export async function pythonSupply(platform: Platform, env: NodeJS.ProcessEnv): Promise<PythonSupply> {
  if (!runsHere(platform))
    throw new UserError(
      `a Python project for ${platform.arch} and ${platform.libc} can only be built on such a machine`,
      ["use an image that brings the server itself: [mcp.<server>] without a source"],
    );
  if (env["UV_PYTHON_PREFERENCE"] === "only-system" || env["UV_PYTHON_DOWNLOADS"] === "never") return systemPythons();
  const metadata = env["UV_PYTHON_DOWNLOADS_JSON_URL"] ?? "";
  if (metadata === "") {
    const uv = `uv ${PINNED.uv}`;
    return {
      offered: { versions: PYTHONS, open: true },
      interpreter: (version) => uvPython(version, uv, platform, env),
    };
  }
  const list = await textAt(metadata, env);
  const digest = createHash("sha256").update(list).digest("hex");
  return {
    offered: { versions: versionsIn(list, platform), open: false },
    interpreter: (version) => uvPython(version, digest, platform, env),
  };
}

/** @param offeredBy which build of that version it is, and its hash, uv knows itself, or is told by a list */
function uvPython(version: string, offeredBy: string, platform: Platform, env: NodeJS.ProcessEnv): Interpreter {
  const key = keyOf(version, platform);
  const toolchain = planned({
    name: "python",
    version,
    inputs: { kind: "python-interpreter", version, ...platform, offeredBy },
    tools: [planUv(env)],
    async make({ dir, scratch, tools, mountPath, log, signal }) {
      const uv = join(tools[0]?.hostDir ?? "", UV_PROGRAM);
      const installed = join(scratch, "pythons");
      const flags = ["--install-dir", installed, "--no-bin", "--no-config", "--no-progress"];
      await runProgram({
        argv: [uv, "python", "install", ...flags, key],
        cwd: scratch,
        env: pythonEnv(env, scratch),
        what: `uv python install ${key}`,
        log,
        signal,
      });
      if (!(await readdir(installed)).includes(key)) throw new UserError(`uv installed another Python than ${key}`);
      await cp(join(installed, key), dir, { recursive: true, verbatimSymlinks: true });
      await rm(installed, { recursive: true });
      await compileAll(join(dir, PROGRAM), { dir, mountPath, below: "lib", log, signal });
      return { binDirs: ["bin"] };
    },
  });
  return { version, toolchain, program: PROGRAM, notes: [] };
}

export interface CompileRequest {
  readonly dir: string;
  /** What the files will be called. */
  readonly mountPath: string;
  readonly below: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Nobody can keep byte code in a directory that is read-only: without it every start would compile everything again. */
export async function compileAll(
  python: string,
  { dir, mountPath, below, log, signal }: CompileRequest,
): Promise<void> {
  const names = ["-s", dir, "-p", mountPath, "--invalidation-mode", "unchecked-hash"];
  try {
    await runProgram({
      argv: [python, "-m", "compileall", "-q", ...names, join(dir, below)],
      cwd: dir,
      env: { PATH: "/usr/bin:/bin", PYTHONDONTWRITEBYTECODE: "1" },
      what: "compileall",
      log: () => undefined,
      signal,
    });
  } catch (error) {
    // Libraries hold files that are no Python of this version, for tests and templates; the rest is compiled all the same.
    if (!(error instanceof UserError)) throw error;
    log("some files could not be compiled ahead");
  }
}

async function systemPythons(): Promise<PythonSupply> {
  const found = new Map<string, string>();
  for (const minor of MINORS) {
    for (const dir of SYSTEM_DIRS) {
      const program = `${dir}/python${minor}`;
      const version = await run(program, ["-c", "import platform; print(platform.python_version())"]).then(
        ({ stdout }) => stdout.trim(),
        () => null,
      );
      if (version !== null && !found.has(version)) found.set(version, program);
    }
  }
  if (found.size === 0)
    throw new UserError(`this machine has no Python in ${SYSTEM_DIRS.join(" or ")}, and uv may not download one`, [
      "unset UV_PYTHON_PREFERENCE and UV_PYTHON_DOWNLOADS, or install a Python",
    ]);
  return {
    offered: { versions: [...found.keys()], open: false },
    interpreter(version) {
      const program = found.get(version) ?? "";
      const note = `it runs on this machine's own ${program} (${version}): the sandbox needs the same, as "local" has it`;
      return { version, toolchain: null, program, notes: [note] };
    },
  };
}

function keyOf(version: string, { arch, libc }: Platform): string {
  return `cpython-${version}-linux-${arch === "x64" ? "x86_64" : "aarch64"}-${libc === "musl" ? "musl" : "gnu"}`;
}

/** Of a list of downloads, as uv reads it: its keys are platforms' versions. */
function versionsIn(text: string, platform: Platform): readonly string[] {
  const read = parseJsonTolerant(text);
  const keys = read.state === "ok" && isRecord(read.value) ? Object.keys(read.value) : [];
  const versions = keys
    .map((key) => /^cpython-(\d+\.\d+\.\d+)-/.exec(key)?.[1] ?? "")
    .filter((version) => version !== "" && keys.includes(keyOf(version, platform)));
  const place = (version: string): number => {
    const at = MINORS.indexOf(version.split(".").slice(0, 2).join("."));
    return at < 0 ? MINORS.length : at;
  };
  const patch = (version: string): number => Number(version.split(".")[2]);
  return [...new Set(versions)].toSorted((a, b) => place(a) - place(b) || patch(b) - patch(a));
}

async function textAt(place: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    if (!/^https?:/.test(place))
      return await readFile(place.startsWith("file:") ? fileURLToPath(place) : place, "utf8");
    const { status, body } = await httpGet(place, { env });
    const chunks: Buffer[] = [];
    for await (const chunk of body) chunks.push(chunk as Buffer);
    if (status !== 200) throw new Error(`it answers ${status}`);
    return Buffer.concat(chunks).toString("utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UserError(`the list of Pythons at ${place} cannot be read: ${why}`, [], { cause: error });
  }
}
