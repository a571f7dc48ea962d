/** `regatta doctor`: what of this machine works, and what to do about the rest. Looks only; changes nothing. */
import { readFile, stat, statfs } from "node:fs/promises";
import { homedir, totalmem } from "node:os";
import { join } from "node:path";
import { ENVIRONMENT_NAMES, environmentNamed } from "./environments.ts";

export interface DoctorLine {
  readonly name: string;
  readonly ok: boolean | "warn";
  readonly detail: string;
  /** What to do; absent when there is nothing to do. */
  readonly todo?: string;
}

const MIN_FREE_GB = 5;
const MIN_OPEN_FILES = 1024;
/** Variables that the usual agents read their key from. */
const KEY_NAMES = [
  "ANTHROPIC_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "GEMINI_API_KEY",
];

export async function examineMachine(cwd: string, env: NodeJS.ProcessEnv): Promise<readonly DoctorLine[]> {
  return [node(), ...(await environments()), await disk(cwd), await openFiles(), memory(), await keys(cwd, env)];
}

function node(): DoctorLine {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return {
    name: "Node",
    ok,
    detail: process.version,
    ...(ok ? {} : { todo: "install Node 20.19 or later" }),
  };
}

/** One that works is enough: the others are then no fault. */
async function environments(): Promise<readonly DoctorLine[]> {
  const lines = await Promise.all(ENVIRONMENT_NAMES.map(environment));
  const any = lines.some(({ ok }) => ok !== false);
  return lines.map((line) => (any && line.ok === false ? { ...line, ok: "warn" } : line));
}

async function environment(name: string): Promise<DoctorLine> {
  const abilities = await (await environmentNamed(name)).abilities();
  if (!abilities.available) {
    return {
      name,
      ok: false,
      detail: abilities.problems[0] ?? "does not work",
      ...(abilities.problems.length > 1 ? { todo: abilities.problems.slice(1).join("; ") } : {}),
    };
  }
  const missing = [
    abilities.enforcesCpus ? null : "cpus are not enforced",
    abilities.enforcesMemory ? null : "memory is not enforced",
    abilities.canDisableNetwork ? null : "tasks without network cannot run",
    abilities.canSwitchUser ? null : "tasks with a user of their own cannot run",
    abilities.killsWholeTree ? null : "a stopped command's daemons may live until the agent phase ends",
    abilities.closesHost || name === "local" ? null : "trials reach this machine's services and cloud metadata",
  ].filter((line) => line !== null);
  // A sandbox of this machine's own network: so by design, and said.
  const shared = name === "local" ? ["a task with network shares this machine's"] : [];
  return {
    name,
    ok: missing.length === 0 ? true : "warn",
    detail: ["works", ...missing, ...shared, ...abilities.statements.slice(0, name === "docker" ? 1 : 0)].join("; "),
  };
}

async function disk(cwd: string): Promise<DoctorLine> {
  const { bavail, bsize } = await statfs(cwd);
  const freeGb = (bavail * bsize) / 1e9;
  const ok = freeGb >= MIN_FREE_GB;
  return {
    name: "disk",
    ok: ok ? true : "warn",
    detail: `${freeGb.toFixed(1)} GB free in ${cwd}`,
    ...(ok ? {} : { todo: `free at least ${MIN_FREE_GB} GB, or set results_root to another disk` }),
  };
}

async function openFiles(): Promise<DoctorLine> {
  const name = "open files";
  let limits: string;
  try {
    limits = await readFile("/proc/self/limits", "utf8");
  } catch (error) {
    return { name, ok: "warn", detail: `limit unknown (${(error as NodeJS.ErrnoException).code})` };
  }
  const soft = Number(/^Max open files\s+(\S+)/m.exec(limits)?.[1] ?? Number.NaN);
  const ok = !(soft < MIN_OPEN_FILES);
  return {
    name,
    ok: ok ? true : "warn",
    detail: Number.isNaN(soft) ? "unlimited" : `up to ${soft}`,
    ...(ok ? {} : { todo: `ulimit -n ${MIN_OPEN_FILES * 4}` }),
  };
}

function memory(): DoctorLine {
  return { name: "memory", ok: true, detail: `${(totalmem() / 1e9).toFixed(1)} GB` };
}

/** Names only; a key's value is never read here. */
async function keys(cwd: string, env: NodeJS.ProcessEnv): Promise<DoctorLine> {
  const present = KEY_NAMES.filter((key) => env[key] !== undefined && env[key] !== "");
  const file = join(cwd, "experiments", ".env");
  const hasFile = await exists(file);
  const found = [...present, ...(hasFile ? [file.replace(`${homedir()}/`, "~/")] : [])];
  return found.length > 0
    ? { name: "keys", ok: true, detail: found.join(", ") }
    : {
        name: "keys",
        ok: "warn",
        detail: "no model key found; oracle, nop and most command agents need none",
        todo: 'export one, or write it to experiments/.env, and list its name in env = ["…"]',
      };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
