/**
 * Makes an environment that was built in one place belong to another. uv writes its commands so that they find their Python
 * beside themselves; what is left with a fixed path is the environment's own Python, `pyvenv.cfg`, and records of where
 * something came from.
 */
import { lstat, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { quoted, writeScript } from "../shell-text.ts";
import { settleRecords } from "./package-records.ts";

export interface PlaceRequest {
  /** Holds `venv/` and `src/`. */
  readonly dir: string;
  readonly mountPath: string;
  /** Where the project was built. */
  readonly project: string;
  /** The Python that it will run on, inside. */
  readonly python: string;
}

export async function placeEnvironment({ dir, mountPath, project, python }: PlaceRequest): Promise<void> {
  const venv = join(dir, "venv");
  for (const name of [".lock", ".gitignore", "CACHEDIR.TAG"]) await rm(join(venv, name), { force: true });
  for (const name of await readdir(join(venv, "bin"))) {
    const path = join(venv, "bin", name);
    if (!(await lstat(path)).isSymbolicLink() || !(await readlink(path)).startsWith("/")) continue;
    await rm(path);
    await symlink(python, path);
  }
  const settings = join(venv, "pyvenv.cfg");
  await writeFile(settings, (await readFile(settings, "utf8")).replace(/^home = .*$/m, `home = ${dirname(python)}`));
  const placed = (text: string): string => text.replaceAll(project, `${mountPath}/src`).replaceAll(dir, mountPath);
  for (const path of await textsIn(venv)) {
    // As bytes: some commands are programs.
    const text = await readFile(path, "latin1");
    if (placed(text) !== text) await writeFile(path, placed(text), "latin1");
  }
  for (const python of await readdir(join(venv, "lib")))
    await settleRecords(join(venv, "lib", python, "site-packages"), placed);
  await writeScript(join(dir, "bin/uv"), uvLines(mountPath));
  await writeScript(join(dir, "bin/uvx"), [`exec ${quoted(`${mountPath}/bin/uv`)} run -- "$@"`]);
}

/** Commands, and files that add to Python's path. */
async function textsIn(venv: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(venv, "bin"), { withFileTypes: true }))
    if (entry.isFile()) found.push(join(venv, "bin", entry.name));
  for (const python of await readdir(join(venv, "lib"))) {
    const packages = join(venv, "lib", python, "site-packages");
    for (const entry of await readdir(packages, { withFileTypes: true }))
      if (entry.isFile() && /\.(?:pth|egg-link)$/.test(entry.name)) found.push(join(packages, entry.name));
  }
  return found;
}

/**
 * `uv run [options] command …`, as it stands in `.mcp.json` and `hooks.json`, in the environment that is there: nothing is resolved
 * or installed. A directory that only the author's machine has means the project's own files.
 */
function uvLines(mountPath: string): readonly string[] {
  const venv = `${mountPath}/venv`;
  return [
    "# `uv run` in the environment of this toolchain; a sandbox installs nothing.",
    "running=",
    "while [ $# -gt 0 ]; do",
    '  case "$1" in',
    '    run) if [ -n "$running" ]; then break; fi; running=yes; shift ;;',
    "    --) shift; break ;;",
    "    --directory|--project)",
    `      place=\${2-}; [ -d "$place" ] || place=${quoted(`${mountPath}/src`)}`,
    '      if [ "$1" = --directory ]; then cd "$place" || exit 2; fi',
    "      shift; [ $# -eq 0 ] || shift ;;",
    '    --directory=*) place=${1#*=}; [ -d "$place" ] || place=' +
      quoted(`${mountPath}/src`) +
      '; cd "$place" || exit 2; shift ;;',
    "    -m|--module) break ;;",
    "    --with|--with-editable|--with-requirements|--extra|--group|--only-group|--python|-p|--env-file|--index|--index-url|--default-index|--extra-index-url|--package|--config-file|--cache-dir|--color)",
    "      shift; [ $# -eq 0 ] || shift ;;",
    "    -*) shift ;;",
    '    *) [ -n "$running" ] || { echo "uv: only \\`uv run\\` works in a sandbox, not uv $1" >&2; exit 2; }; break ;;',
    "  esac",
    "done",
    '[ $# -gt 0 ] || { echo "uv run: nothing to run" >&2; exit 2; }',
    `export VIRTUAL_ENV=${quoted(venv)}`,
    `export PATH=${quoted(`${venv}/bin`)}:"$PATH"`,
    'case "$1" in',
    '  -m|--module) shift; exec python -m "$@" ;;',
    '  *.py) exec python "$@" ;;',
    "esac",
    'exec "$@"',
  ];
}
