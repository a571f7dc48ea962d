/** uv's part: an environment, and a project with its extras in it. */
import { access } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../contract/failure.ts";
import { isErrno } from "../../host/files.ts";
import { runProgram } from "../run-program.ts";
import { pythonEnv } from "./python-env.ts";

export interface InstallRequest {
  readonly uv: string;
  readonly python: string;
  /** The project's files, in a place where a build may write. */
  readonly project: string;
  readonly venv: string;
  readonly extras: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly scratch: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface Installed {
  /** Lines as `pip freeze` has them. */
  readonly installed: string;
  /** From a lock file. */
  readonly locked: boolean;
}

export async function installProject(request: InstallRequest): Promise<Installed> {
  const { uv, python, project, venv, extras, scratch, log, signal } = request;
  const env = { ...pythonEnv(request.env, scratch), UV_PROJECT_ENVIRONMENT: venv };
  const call = (args: readonly string[], what: string): Promise<string> =>
    runProgram({ argv: [uv, ...args], cwd: project, env, what, log, signal });
  await call(["venv", "--relocatable", "--no-project", "--no-config", "--python", python, venv], "uv venv");
  const program = join(venv, "bin/python");
  const locked = await exists(join(project, "uv.lock"));
  if (locked) {
    const chosen = extras.flatMap((extra) => ["--extra", extra]);
    await call(["sync", "--frozen", "--no-dev", "--no-editable", "--python", python, ...chosen], "uv sync");
  } else if ((await exists(join(project, "pyproject.toml"))) || (await exists(join(project, "setup.py")))) {
    const suffix = extras.length === 0 ? "" : `[${extras.join(",")}]`;
    await call(["pip", "install", "--python", program, `${project}${suffix}`], "uv pip install");
  } else if (await exists(join(project, "requirements.txt"))) {
    await call(["pip", "install", "--python", program, "--requirements", "requirements.txt"], "uv pip install");
  } else {
    throw new UserError(
      "the project has no pyproject.toml, no setup.py and no requirements.txt: it is no Python project",
    );
  }
  return { installed: await call(["pip", "freeze", "--python", program], "uv pip freeze"), locked };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
