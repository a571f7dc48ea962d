#!/usr/bin/env node
/** The `regatta` command. Everything is behind one dynamic import, so that the compile cache covers it where Node has one. */
import * as nodeModule from "node:module";

(nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
const { runProgram } = await import("./program.ts");
process.exitCode = await runProgram(process.argv.slice(2));
