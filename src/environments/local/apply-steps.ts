/** What a recipe's steps do to the files of a sandbox. */
import { realpathSync } from "node:fs";
import { join, posix } from "node:path";
import { BuildFailure } from "../environment.ts";
import { ignoredBy } from "../archive/dockerignore.ts";
import { matching, treeNames } from "./context-files.ts";
import { type Inside, tenantExec, toolExec } from "./inside-tools.ts";
import type { Step } from "./recipe.ts";
import { IS_DIRECTORY, MAKE_DIRECTORY } from "./scripts.ts";
import { uploadInside, writeInside } from "./transfer.ts";

export interface StepSettings {
  readonly contextDir: string;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_ENV = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" };
const TAIL_LINES = 15;

/** @throws BuildFailure: the task's definition is to blame. */
export async function applySteps(inside: Inside, steps: readonly Step[], settings: StepSettings): Promise<void> {
  for (const step of steps) {
    settings.signal?.throwIfAborted();
    await applyStep(inside, step, settings);
  }
}

async function applyStep(inside: Inside, step: Step, settings: StepSettings): Promise<void> {
  switch (step.kind) {
    case "directory":
      await makeDirectory(inside, step.path);
      return;
    case "write":
      await writeInside(inside, step.to, step.content, Number.parseInt(step.chmod ?? "644", 8), step.chown);
      return;
    case "copy":
      await copy(inside, step, settings.contextDir);
      return;
    case "run":
      await runStep(inside, step, settings);
  }
}

export async function makeDirectory(inside: Inside, path: string): Promise<void> {
  const { result, stderr } = await toolExec(inside, MAKE_DIRECTORY, [path], { timeoutSec: 60 });
  if (result.exitCode !== 0) {
    throw new BuildFailure(`the directory ${path} cannot be made in the sandbox: ${stderr || result.ended}`);
  }
}

async function runStep(
  inside: Inside,
  step: Extract<Step, { kind: "run" }>,
  { log, signal }: StepSettings,
): Promise<void> {
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
  const ending = said.length === 0 ? "" : `: ${said.join(" | ")}`;
  throw new BuildFailure(
    `Dockerfile line ${step.line}: RUN ${step.shown} exited with ${result.exitCode ?? result.ended}${ending}`,
  );
}

async function copy(inside: Inside, step: Extract<Step, { kind: "copy" }>, contextDir: string): Promise<void> {
  const ignored = ignoredBy(contextDir);
  const into = step.intoDirectory || (await isDirectory(inside, step.to));
  for (const source of step.sources) {
    const found = matching(contextDir, source)?.filter(({ path }) => !ignored(path));
    if (found === undefined || found.length === 0) {
      throw new BuildFailure(`Dockerfile line ${step.line}: COPY finds no ${source} in ${contextDir}`);
    }
    for (const { path } of found) {
      const from = insideContext(contextDir, path, step.line);
      const names = treeNames(from, (relative) => ignored(path === "." ? relative : `${path}/${relative}`));
      const to = names === null && into ? posix.join(step.to, posix.basename(path)) : step.to;
      await uploadInside(inside, from, to, step.chown, { mode: step.chmod, names });
    }
  }
}

async function isDirectory(inside: Inside, path: string): Promise<boolean> {
  return (await toolExec(inside, IS_DIRECTORY, [path], { timeoutSec: 60 })).result.exitCode === 0;
}

/** A link of the context that leads out of it would bring in the host's own files. */
function insideContext(contextDir: string, path: string, line: number): string {
  const real = realpathSync(join(contextDir, path));
  const root = realpathSync(contextDir);
  if (real !== root && !real.startsWith(`${root}/`)) {
    throw new BuildFailure(`Dockerfile line ${line}: ${path} is a link that leads out of ${contextDir}`);
  }
  return real;
}
