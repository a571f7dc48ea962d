/** `regatta run --detach`: the same run in a process of its own session, with its output in a file. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ExitCode } from "../contract/exit-codes.ts";
import { EXIT } from "../contract/exit-codes.ts";
import { detachedLogsDir, listRuns } from "../host/run-registry.ts";
import type { TextOutput } from "../terminal/terminal.ts";

const LOOK_EVERY_MS = 100;

/** Returns when the run has its batch, or is over before it came to that. */
export async function runDetached(
  program: readonly string[],
  args: readonly string[],
  stdout: TextOutput,
  stderr: TextOutput,
): Promise<ExitCode> {
  const [command = "", ...first] = program;
  mkdirSync(detachedLogsDir(), { recursive: true, mode: 0o700 });
  const log = join(detachedLogsDir(), `${randomUUID().slice(0, 8)}.log`);
  const fd = openSync(log, "a", 0o600);
  const child = spawn(command, [...first, ...args.filter((arg) => arg !== "--detach")], {
    stdio: ["ignore", fd, fd],
    detached: true,
  });
  closeSync(fd);
  let code: number | null | undefined;
  child.once("exit", (exitCode) => (code = exitCode));
  child.once("error", () => (code = null));
  for (;;) {
    const run = (await listRuns()).find((each) => each.process.pid === child.pid && each.state === "live");
    if (run !== undefined) {
      const name = `${basename(dirname(run.batch_dir))}/${basename(run.batch_dir)}`;
      stdout.write(`${name} runs as process ${run.process.pid}; what it prints goes to ${log}\n`);
      stdout.write(`to watch it: regatta watch ${name}\nto stop it:  regatta kill ${name} --yes\n`);
      child.unref();
      return EXIT.ok;
    }
    if (code !== undefined) {
      stderr.write(readFileSync(log, "utf8"));
      return (Object.values(EXIT) as number[]).includes(code ?? -1) ? (code as ExitCode) : EXIT.incomplete;
    }
    await delay(LOOK_EVERY_MS);
  }
}
