/** How the real Harbor is called, and which version answers. */
import { execFile } from "node:child_process";
import { UserError } from "../contract/failure.ts";

export interface HarborCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** uvx may have to fetch Harbor and a Python first. */
const VERSION_MS = 10 * 60_000;
/** What a process needs of its surroundings, whatever it is told besides. */
const PASSED =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_.*|TZ|TERM|TMPDIR|XDG_.*|DOCKER_.*|COMPOSE_.*|SSL_.*|REQUESTS_CA_BUNDLE|UV_.*|PIP_.*|PYTHON.*|https?_proxy|no_proxy|all_proxy)$/i;

export function harborCommand(harborBin: string | null): HarborCommand {
  return harborBin === null
    ? { program: "uvx", args: ["--python", "3.13", "harbor"] }
    : { program: harborBin, args: [] };
}

/** The host's variables without what only looks like it was meant for Harbor, and the ones that are. */
export function harborEnvironment(
  host: NodeJS.ProcessEnv,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const passed = Object.entries(host).filter((pair): pair is [string, string] => {
    return pair[1] !== undefined && PASSED.test(pair[0]);
  });
  return { ...Object.fromEntries(passed), ...given };
}

/** What `harbor --version` prints. @throws UserError when it does not run */
export function harborVersion(
  { program, args }: HarborCommand,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      [...args, "--version"],
      { env, timeout: VERSION_MS, encoding: "utf8" },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout.trim());
          return;
        }
        const shown = [program, ...args].join(" ");
        const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
        const lines = missing
          ? [
              program === "uvx"
                ? "install uv (https://docs.astral.sh/uv/), or name a Harbor in harbor_bin of [run]"
                : "harbor_bin of [run] names it",
            ]
          : stderr.trim().split("\n").slice(-5);
        reject(
          new UserError(
            missing ? `there is no ${program}: engine = "harbor" needs it` : `${shown} --version fails`,
            lines,
          ),
        );
      },
    );
  });
}
