/** What every agent's treatment is tried by before the first trial: its program starts, its servers answer, its hooks can run. */
import { failure, TrialFailure } from "../contract/failure.ts";
import type { HookCommand, StdioServer } from "../contract/treatment.ts";
import type { Workspace } from "../environments/environment.ts";
import type { PreflightContext } from "./agent.ts";
import { askServer } from "./mcp-handshake.ts";

const PROGRAM_SEC = 60;
const SERVER_SEC = 120;
const HOOK_SEC = 60;
const MOST_OUTPUT = 20_000;
/** What interpreters say of code that is not there, whatever they exit with. */
const MISSING_CODE = /(Cannot find (module|package) .*|ModuleNotFoundError: .*|No module named .*|can't open file .*)/;

/** @param versionIn of what `--version` prints; null = it is not told */
export async function checkProgram(
  { treatment, workspace, env, user, signal }: PreflightContext,
  versionIn: (printed: string) => string | null,
): Promise<void> {
  if (treatment.program === null) return;
  const asked = await said(workspace, {
    argv: [treatment.program, "--version"],
    env,
    ...(user === null ? {} : { user }),
    timeoutSec: PROGRAM_SEC,
    signal,
  });
  const found = versionIn(asked.output);
  if (asked.exitCode !== 0)
    throw broken(
      "program-does-not-start",
      `${treatment.program} --version ended with ${asked.exitCode ?? "a signal"} in this task's sandbox: ${lastWords(asked.output)}`,
    );
  if (treatment.version !== null && found !== treatment.version)
    throw broken(
      "wrong-version",
      `version ${treatment.version} was asked for, and ${found ?? "none that it tells"} is there`,
    );
}

export async function checkServers(context: PreflightContext): Promise<void> {
  const { treatment, log } = context;
  const stdio = treatment.servers.filter((server): server is StdioServer => server.kind === "stdio");
  await Promise.all(
    stdio.map(async (server) => {
      const answer = await askServer(server, context, SERVER_SEC);
      log(`MCP server ${server.name}: ${"tools" in answer ? `${answer.tools.length} tools` : answer.failed}`);
      if ("failed" in answer)
        throw broken("mcp-server-does-not-answer", `the MCP server "${server.name}" ${answer.failed}`);
    }),
  );
}

/** By the shell's word: 126 and 127 say that the command is not there; whatever else a hook says is its own business. */
export async function checkHooks(context: PreflightContext, eventOf: (event: string) => object): Promise<void> {
  const { treatment, workspace, env, user, signal, log } = context;
  for (const hook of treatment.hooks) {
    const limit = Math.min(hook.timeoutSec ?? HOOK_SEC, HOOK_SEC);
    const ran = await said(workspace, {
      argv: ["/bin/sh", "-c", hook.command],
      env,
      ...(user === null ? {} : { user }),
      stdin: JSON.stringify(eventOf(hook.event)),
      timeoutSec: limit,
      signal,
    });
    log(`hook ${hook.event}: exit ${ran.exitCode ?? "none"} after ${ran.seconds.toFixed(2)} s`);
    // It may wait for what only a real session has; the trial's own runs are counted.
    if (ran.ended === "timed-out") log(`hook ${hook.event}: not over after its limit of ${limit} s`);
    const absent = ran.exitCode !== 0 && MISSING_CODE.test(ran.output);
    if (ran.exitCode === 126 || ran.exitCode === 127 || absent)
      throw hookBroken(
        hook,
        `cannot be run: ${(absent ? MISSING_CODE.exec(ran.output)?.[0] : null) ?? lastWords(ran.output)}`,
      );
  }
}

function hookBroken({ event, command }: HookCommand, what: string): TrialFailure {
  return broken("hook-does-not-run", `the ${event} hook \`${command.slice(0, 200)}\` ${what}`);
}

function broken(code: string, message: string): TrialFailure {
  return new TrialFailure(failure({ code, blame: "treatment", phase: "agent-setup", message }));
}

function lastWords(output: string): string {
  const line = output.trim().split("\n").at(-1) ?? "";
  return line === "" ? "it says nothing" : line.slice(0, 300);
}

async function said(
  workspace: Workspace,
  request: Parameters<Workspace["exec"]>[0],
): Promise<Awaited<ReturnType<Workspace["exec"]>> & { readonly output: string }> {
  let output = "";
  const decoder = new TextDecoder();
  const result = await workspace.exec({
    ...request,
    onOutput: (_stream, chunk) => {
      output = (output + decoder.decode(chunk, { stream: true })).slice(-MOST_OUTPUT);
    },
  });
  return { ...result, output };
}
