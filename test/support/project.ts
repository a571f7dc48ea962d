/** A project in a temporary folder, and the real program run in it: what every end-to-end test is made of. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFailed, onTestFinished } from "vitest";

export const PROGRAM = resolve(import.meta.dirname, "../../dist/cli.mjs");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the text has appeared on stdout or stderr; rejects when the program ends before. */
  shown(text: string | RegExp): Promise<void>;
}

export interface Project {
  readonly dir: string;
  path(name: string): string;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(name: string): Promise<string>;
  json(name: string): Promise<unknown>;
  /** Names in a folder, sorted. */
  list(name: string): Promise<string[]>;
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
  regatta(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** Files whose content starts with `#!` are executable. */
export async function makeProject(files: Readonly<Record<string, string>>): Promise<Project> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-test-"));
  // What a killed run leaves may still be put in order by its watchdog.
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  const project: Project = {
    dir,
    path: (name) => join(dir, name),
    async write(more) {
      for (const [name, content] of Object.entries(more)) {
        const path = join(dir, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, content);
        if (content.startsWith("#!")) await chmod(path, 0o755);
      }
    },
    read: (name) => readFile(join(dir, name), "utf8"),
    json: async (name) => JSON.parse(await readFile(join(dir, name), "utf8")) as unknown,
    list: async (name) => (await readdir(join(dir, name))).sort(),
    start: (args, env = {}) => startProgram(dir, args, env),
    regatta: (args, env = {}) => startProgram(dir, args, env).ended,
  };
  await project.write(files);
  return project;
}

const READS: ReadonlySet<string> = new Set(["analyze", "compare", "gate", "diff"]);

/** @param through a program, with its arguments, that runs ours */
export function startProgram(
  cwd: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  through: readonly string[] = [],
): Running {
  const [first = "", ...rest] = [...through, process.execPath, PROGRAM, ...args];
  const child = spawn(first, rest, {
    cwd,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: process.env["HOME"] ?? "/",
      // Runs of tests are listed apart from a developer's own.
      XDG_STATE_HOME: join(cwd, ".state"),
      // They need no sandbox: what another test's dead run left in the common place is not theirs to find, and to speak of.
      ...(READS.has(args[0] ?? "") ? { XDG_CACHE_HOME: join(cwd, ".cache") } : {}),
      // Nor has the fast suite anything to do with containers that may run here.
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  // A failure that happens once in a thousand runs has to be understood from its own output.
  onTestFailed(() => {
    const how = child.exitCode ?? child.signalCode ?? "still running";
    console.error(`regatta ${args.join(" ")}: ${how}\n${output.stdout.slice(-6000)}\n${output.stderr.slice(-6000)}`);
  });
  const watchers = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
      for (const look of watchers) look();
    });
  }
  const ended = new Promise<Ended>((resolved, rejected) => {
    child.on("error", rejected);
    child.on("close", (code, signal) => resolved({ code, signal, ...output }));
  });
  return {
    child,
    ended,
    shown: (text) =>
      new Promise((resolved, rejected) => {
        const look = (): void => {
          const all = output.stdout + output.stderr;
          if (!(typeof text === "string" ? all.includes(text) : text.test(all))) return;
          watchers.delete(look);
          resolved();
        };
        watchers.add(look);
        look();
        void ended.then(({ stdout, stderr }) =>
          rejected(new Error(`the program ended without showing ${String(text)}:\n${stdout}${stderr}`)),
        );
      }),
  };
}

export interface TaskFiles {
  readonly instruction?: string;
  readonly toml?: string;
  readonly dockerfile?: string;
  readonly test?: string;
  /** null = none */
  readonly solution?: string | null;
  readonly more?: Readonly<Record<string, string>>;
}

/** A task directory that passes when /app/answer holds 42, unless told otherwise. */
export function task(name: string, files: TaskFiles = {}): Record<string, string> {
  const at = `tasks/${name}`;
  const solution = files.solution === undefined ? "echo 42 > /app/answer" : files.solution;
  return {
    [`${at}/task.toml`]: files.toml ?? "[agent]\ntimeout_sec = 20.0\n[verifier]\ntimeout_sec = 20.0\n",
    [`${at}/instruction.md`]: files.instruction ?? "Write 42 to /app/answer.\n",
    [`${at}/environment/Dockerfile`]: files.dockerfile ?? "FROM debian:12\nWORKDIR /app\n",
    [`${at}/tests/test.sh`]: `#!/bin/sh\n${files.test ?? 'if [ "$(cat /app/answer 2>/dev/null)" = 42 ]; then echo 1; else echo 0; fi > /logs/verifier/reward.txt'}\n`,
    ...(solution === null ? {} : { [`${at}/solution/solve.sh`]: `#!/bin/sh\n${solution}\n` }),
    ...Object.fromEntries(Object.entries(files.more ?? {}).map(([path, text]) => [`${at}/${path}`, text])),
  };
}

/** `experiments/x.toml` with these tasks (by path) and whatever else is given. */
export function experiment(tasks: readonly string[], profiles: string, run = ""): Record<string, string> {
  return {
    "experiments/x.toml": [
      "schema_version = 2",
      'slug = "x"',
      "[run]",
      'container_env = "local"',
      run,
      ...tasks.map((name) => `[tasks.${name}]\npath = "tasks/${name}"`),
      profiles,
      "",
    ].join("\n"),
  };
}

export const ORACLE = '[profiles.oracle]\nagent = "oracle"\n';
export const NOP = '[profiles.nop]\nagent = "nop"\n';

export function command(key: string, script: string, more = ""): string {
  return `[profiles.${key}]\nagent = "command"\ncommand = ["/bin/sh", "-c", ${JSON.stringify(script)}]\n${more}\n`;
}
