/** `regatta doctor`: what of this machine works, and what to do about the rest. Looks only; changes nothing. */
import { stat } from "node:fs/promises";
import { homedir, totalmem } from "node:os";
import { join } from "node:path";
import type { Finding } from "../contract/finding.ts";
import { RUN_DEFAULTS } from "../experiment/defaults.ts";
import { clockFindings } from "../planning/readiness/clock.ts";
import { diskFinding } from "../planning/readiness/disk.ts";
import { chosenSlots } from "../planning/slots.ts";
import { ENVIRONMENT_NAMES, environmentNamed } from "./environments.ts";
import { diskFacts, type FilledPath } from "./look-at-disks.ts";
import { lookAtPlace } from "./look-at-place.ts";
import { thisMachine } from "./machine.ts";

export interface DoctorLine {
  readonly name: string;
  readonly ok: boolean | "warn";
  readonly detail: string;
  /** What to do; absent when there is nothing to do. */
  readonly todo?: string;
}

/** Variables that the usual agents read their key from. */
const KEY_NAMES = [
  "ANTHROPIC_API_KEY",
  "CLAUDE_CODE_OAUTH_TOKEN",
  "OPENAI_API_KEY",
  "OPENROUTER_API_KEY",
  "GEMINI_API_KEY",
];

export async function examineMachine(cwd: string, env: NodeJS.ProcessEnv): Promise<readonly DoctorLine[]> {
  return [node(), ...(await environments(cwd)), memory(), await keys(cwd, env)];
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

interface Examined {
  readonly line: DoctorLine;
  /** What a run with the defaults would find there. */
  readonly findings: readonly Finding[];
}

/** One that works is enough: what is wrong with the others is then no fault. */
async function environments(cwd: string): Promise<readonly DoctorLine[]> {
  const all = await Promise.all(ENVIRONMENT_NAMES.map((name) => environment(name, cwd)));
  const any = all.some(({ line }) => line.ok !== false);
  const canStart = all.some(
    (each) => each.line.ok !== false && each.findings.every(({ verdict }) => verdict !== "stop"),
  );
  const findings = all.flatMap((each) => each.findings);
  // Without any environment there is still a disk.
  if (findings.length === 0) findings.push(...(await disks([{ path: cwd, holds: "results here" }])));
  const found = new Map<string, Finding>();
  for (const finding of findings) {
    const other = found.get(finding.name);
    if (other === undefined || isWorse(finding, other)) found.set(finding.name, finding);
  }
  return [
    ...all.map(({ line }): DoctorLine => (any && line.ok === false ? { ...line, ok: "warn" } : line)),
    ...[...found.values()].map(({ name, verdict, detail, todo }): DoctorLine => ({
      name,
      ok: verdict === "ok" ? true : verdict === "warn" || canStart ? "warn" : false,
      detail,
      ...(todo === null ? {} : { todo }),
    })),
  ];
}

function isWorse(one: Finding, other: Finding): boolean {
  const order: readonly Finding["verdict"][] = ["ok", "warn", "stop"];
  return order.indexOf(one.verdict) > order.indexOf(other.verdict);
}

async function environment(name: string, cwd: string): Promise<Examined> {
  const provider = await environmentNamed(name);
  const abilities = await provider.abilities();
  if (!abilities.available) {
    const line = {
      name,
      ok: false,
      detail: abilities.problems[0] ?? "does not work",
      ...(abilities.problems.length > 1 ? { todo: abilities.problems.slice(1).join("; ") } : {}),
    };
    return { line, findings: [] };
  }
  const missing = [
    abilities.enforcesCpus ? null : "cpus are not enforced",
    abilities.enforcesMemory ? null : "memory is not enforced",
    abilities.canDisableNetwork ? null : "tasks without network cannot run",
    abilities.canSwitchUser ? null : "tasks with a user of their own cannot run",
    abilities.killsWholeTree ? null : "a stopped command's daemons may live until the agent phase ends",
    abilities.closesHost || name === "local" ? null : "trials reach this machine's services and cloud metadata",
  ].filter((each) => each !== null);
  // A sandbox of this machine's own network: so by design, and said.
  const shared = name === "local" ? ["a task with network shares this machine's"] : [];
  const line = {
    name,
    ok: missing.length === 0 ? true : ("warn" as const),
    detail: ["works", ...missing, ...shared, ...abilities.statements.slice(0, name === "docker" ? 1 : 0)].join("; "),
  };
  const slots = chosenSlots(RUN_DEFAULTS.parallel, thisMachine());
  const place = await lookAtPlace(provider, { slots, networked: slots, makeNetwork: false });
  const filled = [
    { path: cwd, holds: "results here" },
    ...place.fills.map((path) => ({ path, holds: `${name} sandboxes` })),
  ];
  return { line, findings: [...(await disks(filled)), ...place.findings, ...clockFindings(place.clocks)] };
}

async function disks(filled: readonly FilledPath[]): Promise<readonly Finding[]> {
  return (await diskFacts(filled)).map((facts) => diskFinding(facts, RUN_DEFAULTS.min_free_gb));
}

function memory(): DoctorLine {
  return { name: "memory", ok: true, detail: `${(totalmem() / 2 ** 30).toFixed(1)} GiB` };
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
