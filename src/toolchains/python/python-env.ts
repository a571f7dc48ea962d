import { join } from "node:path";
import { programEnv } from "../run-program.ts";

/** What uv and the projects' own build programs see of this machine's variables: no token, and none of the user's Python settings. */
const VARIABLES =
  /^(?:UV_(?!.*(?:TOKEN|PROJECT|WORKING_DIR|PYTHON_INSTALL_DIR|LINK_MODE|COMPILE_BYTECODE|CONFIG_FILE|PYTHON$)).*|PIP_(?:INDEX_URL|EXTRA_INDEX_URL|CERT|FIND_LINKS)|CC|CXX|CFLAGS|CXXFLAGS|LDFLAGS|PKG_CONFIG_PATH|CARGO_HOME|RUSTUP_HOME)$/;

export function pythonEnv(env: NodeJS.ProcessEnv, scratch: string): Readonly<Record<string, string>> {
  return {
    ...programEnv(env, VARIABLES),
    TMPDIR: scratch,
    // A hard link would share its content, and its mode, with uv's cache.
    UV_LINK_MODE: "copy",
    UV_NO_PROGRESS: "1",
    UV_PYTHON_INSTALL_DIR: join(scratch, "pythons"),
  };
}
