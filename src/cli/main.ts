#!/usr/bin/env node
/** The `regatta` command. Everything is behind dynamic imports: the compile cache covers them where Node has one, and a failure is told to a person. */
import { writeSync } from "node:fs";
import * as nodeModule from "node:module";

let errors: typeof import("./errors.ts") | undefined;

process.on("uncaughtException", (error) => {
  lastResort(error);
  process.exit();
});
(nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();
try {
  errors = await import("./errors.ts");
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram(process.argv.slice(2));
} catch (error) {
  lastResort(error);
}

/** Where nobody else has told it: a program that cannot be loaded, a fault that nobody waited for. Opens nothing. */
function lastResort(error: unknown): void {
  const stderr = { write: (text: string) => void writeSync(2, text) };
  if (errors !== undefined) {
    process.exitCode = errors.reportError(error, stderr, process.env);
    return;
  }
  process.exitCode = 1;
  const many = (error as NodeJS.ErrnoException).code === "EMFILE";
  stderr.write(`regatta: it cannot be loaded: ${String(error)}\n${many ? "Raise the limit: ulimit -n 1024\n" : ""}`);
}
