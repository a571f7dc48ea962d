/**
 * Applies a recipe's file-changing steps in a sandbox of its own and keeps what they changed as one layer, by content:
 * the Dockerfile, the whole build context, and the state of this host. Entered only after success.
 */
import { createHash, randomUUID } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { isErrno } from "../../host/files.ts";
import { BuildFailure } from "../environment.ts";
import { ensureBaseTree } from "./base-tree.ts";
import { contextDigest, ignoredBy, kindOf, matching } from "./context-files.ts";
import { type Inside, tenantExec, toolExec } from "./inside-tools.ts";
import { type Layer, layersDir, type NamespaceHost, openSandbox } from "./namespace-host.ts";
import type { Recipe, Step } from "./recipe.ts";
import { MAKE_DIRECTORY } from "./scripts.ts";
import { uploadInside, writeInside } from "./transfer.ts";
import { upperKeys } from "./mount-table.ts";

/** Raise it when steps are applied differently. */
const FORMAT = 1;
const TAIL_LINES = 15;

export interface BuildRequest {
  readonly recipe: Recipe;
  readonly dockerfile: string;
  readonly contextDir: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly forceRebuild: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly log: (line: string) => void;
}

const running = new Map<string, Promise<Layer>>();
const rebuilt = new Set<string>();

/** @returns null when the recipe changes no file (directories are made when a sandbox starts). */
export async function ensureLayer(host: NamespaceHost, request: BuildRequest): Promise<Layer | null> {
  if (request.recipe.steps.every((step) => step.kind === "directory")) return null;
  const id = layerId(host, request);
  const dir = join(layersDir(host), id);
  // "Without cache" means once per run, not once per trial.
  if (request.forceRebuild && !rebuilt.has(id)) {
    rebuilt.add(id);
    running.delete(id);
    rmSync(dir, { recursive: true, force: true });
  }
  const kept = readLayer(dir, id);
  if (kept !== null) return kept;
  let work = running.get(id);
  if (work === undefined) {
    work = build(host, request, id, dir).finally(() => running.delete(id));
    running.set(id, work);
  }
  return work;
}

function layerId(host: NamespaceHost, { recipe, contextDir }: BuildRequest): string {
  return createHash("sha256")
    .update(
      JSON.stringify([
        FORMAT,
        recipe,
        contextDigest(contextDir),
        ensureBaseTree(host.stateRoot, host.facts),
        packageState(),
      ]),
    )
    .digest("hex")
    .slice(0, 24);
}

/** Packages of the host: a layer over one state of them means nothing over another. */
function packageState(): readonly string[] {
  return ["/var/lib/dpkg/status", "/var/lib/rpm", "/lib/apk/db/installed", "/usr", "/usr/bin", "/usr/lib"].map(
    (path) => {
      try {
        const { mtimeMs, size } = statSync(path);
        return `${path}:${mtimeMs}:${size}`;
      } catch (error) {
        if (isErrno(error, "ENOENT", "EACCES", "ENOTDIR")) return path;
        throw error;
      }
    },
  );
}

function readLayer(dir: string, id: string): Layer | null {
  try {
    return { id, trees: JSON.parse(readFileSync(join(dir, "layer.json"), "utf8")) as string[] };
  } catch (error) {
    if (isErrno(error, "ENOENT")) return null;
    throw error;
  }
}

async function build(host: NamespaceHost, request: BuildRequest, id: string, dir: string): Promise<Layer> {
  const name = `build-${id}-${randomUUID().slice(0, 8)}`;
  const sandbox = await openSandbox(host, {
    name,
    labels: request.labels,
    layers: [],
    network: "public",
    signal: request.signal,
  });
  try {
    for (const step of request.recipe.steps) {
      request.signal?.throwIfAborted();
      await apply(sandbox.inside, step, request);
    }
    await sandbox.end();
    const temporary = `${dir}.${randomUUID().slice(0, 8)}.tmp`;
    mkdirSync(temporary, { recursive: true, mode: 0o755 });
    const trees: string[] = [];
    for (const key of upperKeys(host.facts)) {
      const upper = join(sandbox.stateDir, "u", key);
      if (readdirSync(upper).length === 0) continue;
      renameSync(upper, join(temporary, key));
      trees.push(key);
    }
    writeFileSync(join(temporary, "layer.json"), JSON.stringify(trees));
    try {
      renameSync(temporary, dir);
    } catch (error) {
      if (!isErrno(error, "ENOTEMPTY", "EEXIST")) throw error;
      // Another process was quicker: its layer is as good.
      rmSync(temporary, { recursive: true, force: true });
    }
    return readLayer(dir, id) ?? { id, trees };
  } finally {
    await sandbox.remove();
  }
}

async function apply(inside: Inside, step: Step, { contextDir, log, signal }: BuildRequest): Promise<void> {
  switch (step.kind) {
    case "directory":
      await makeDirectory(inside, step.path);
      return;
    case "write":
      await writeInside(inside, step.to, step.content, Number.parseInt(step.chmod ?? "644", 8), step.chown);
      return;
    case "copy":
      await copy(inside, step, contextDir);
      return;
    case "run": {
      log(`RUN ${step.shown}`);
      let tail: string[] = [];
      let rest = "";
      const result = await tenantExec(
        inside,
        {
          argv: step.argv,
          ...(step.stdin === null ? {} : { stdin: step.stdin }),
          ...(signal === undefined ? {} : { signal }),
          onOutput: (_stream, chunk) => {
            const lines = (rest + Buffer.from(chunk).toString()).split(/[\r\n]+/);
            rest = (lines.pop() ?? "").slice(-4000);
            for (const line of lines) log(line.slice(0, 4000));
            tail = [...tail, ...lines].slice(-TAIL_LINES);
          },
        },
        { cwd: step.cwd, user: step.user, env: { DEBIAN_FRONTEND: "noninteractive", ...DEFAULT_ENV, ...step.env } },
      );
      signal?.throwIfAborted();
      if (result.exitCode === 0) return;
      const said = [...tail, rest].filter((line) => line.trim() !== "").slice(-TAIL_LINES);
      throw new BuildFailure(
        `Dockerfile line ${step.line}: RUN ${step.shown} exited with ${result.exitCode ?? result.ended}${said.length === 0 ? "" : `: ${said.join(" | ")}`}`,
      );
    }
  }
}

export const DEFAULT_ENV = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };

export async function makeDirectory(inside: Inside, path: string): Promise<void> {
  const { result, stderr } = await toolExec(inside, MAKE_DIRECTORY, [path], { timeoutSec: 60 });
  if (result.exitCode !== 0)
    throw new BuildFailure(`the directory ${path} cannot be made in the sandbox: ${stderr || result.ended}`);
}

async function copy(inside: Inside, step: Extract<Step, { kind: "copy" }>, contextDir: string): Promise<void> {
  const ignored = ignoredBy(contextDir);
  for (const source of step.sources) {
    const found = matching(contextDir, source)?.filter(({ path }) => !ignored(path));
    if (found === undefined || found.length === 0) {
      throw new BuildFailure(`Dockerfile line ${step.line}: COPY finds no ${source} in ${contextDir}`);
    }
    for (const { path, kind } of found) {
      const from = join(contextDir, path);
      if (kind === "dir") await copyTree(inside, from, path, step.to, step.chown, ignored);
      else
        await uploadInside(
          inside,
          from,
          step.intoDirectory ? posix.join(step.to, posix.basename(path)) : step.to,
          step.chown,
        );
    }
  }
  if (step.chmod !== null) {
    const done = await tenantExec(
      inside,
      { argv: ["chmod", "-R", step.chmod, step.to] },
      { cwd: "/", user: "", env: DEFAULT_ENV },
    );
    if (done.exitCode !== 0) throw new BuildFailure(`Dockerfile line ${step.line}: --chmod=${step.chmod} was refused`);
  }
}

/** A directory's content, as COPY takes it; where something in it is ignored, from a copy without that. */
async function copyTree(
  inside: Inside,
  from: string,
  path: string,
  to: string,
  user: string,
  ignored: (path: string) => boolean,
): Promise<void> {
  const base = path === "." ? "" : `${path}/`;
  const left: string[] = [];
  const visit = (dir: string): void => {
    for (const name of readdirSync(join(from, dir))) {
      const relative = dir === "" ? name : `${dir}/${name}`;
      if (ignored(base + relative)) left.push(relative);
      else if (kindOf(join(from, relative)) === "dir") visit(relative);
    }
  };
  visit("");
  if (left.length === 0) {
    await uploadInside(inside, from, to, user);
    return;
  }
  const { cp, mkdtemp, rm } = await import("node:fs/promises");
  const copyDir = await mkdtemp(join(tmpdir(), "regatta-context-"));
  try {
    const gone = new Set(left.map((each) => join(from, each)));
    await cp(from, copyDir, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (each) =>
        !gone.has(each) &&
        (lstatSync(each).isFile() || lstatSync(each).isDirectory() || lstatSync(each).isSymbolicLink()),
    });
    await uploadInside(inside, copyDir, to, user);
  } finally {
    await rm(copyDir, { recursive: true, force: true });
  }
}
