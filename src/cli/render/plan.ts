/** What `plan` prints: everything a run would use, and nothing secret. Variables are named, their values never shown. */
import type { Origin } from "../../contract/experiment.ts";
import type { Plan, ProfilePlan, TaskPlan, TrialLimits } from "../../contract/plan.ts";
import { duration, plural, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type Column } from "../../terminal/grid.ts";
import { paintFor, type Paint } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { cut, textOf, type Look } from "./style.ts";

/**
 * @param design what the plan can show, one sentence a line
 * @param statements of the environment, on what is visible inside and what is not kept in
 */
export function planText(
  plan: Plan,
  look: Look,
  design: readonly string[] = [],
  statements: readonly string[] = [],
): string {
  const paint = paintFor(look.color);
  const refused = plan.trials.filter((trial) => trial.refused !== null).length;
  const { attempts } = plan.run;
  return textOf([
    `${paint(printable(plan.slug), "bold")}  ${printable(plan.name)}`,
    `${plural(plan.profiles.length, "profile")} × ${plural(plan.tasks.length, "task")} × ${plural(attempts, "attempt")}` +
      ` = ${plural(plan.trials.length, "trial")}, ${plan.slots} at a time` +
      (refused === 0 ? "" : `; ${refused} refused`),
    `environment ${printable(plan.run.containerEnv)}, results in ${printable(plan.run.resultsRoot)}/${printable(plan.slug)}/`,
    ...runLines(plan),
    "",
    ...section(
      "profiles",
      plan.profiles.flatMap((profile) => profileLines(profile)),
      paint,
    ),
    ...section("tasks", taskLines(plan.tasks, look, paint), paint, true),
    ...section("order", orderLines(plan), paint),
    ...section(
      "what it can show",
      design.map((line) => `  ${line}`),
      paint,
    ),
    ...section(
      `the ${printable(plan.run.containerEnv)} environment`,
      statements.flatMap((statement) => wrap(printable(statement), look.columns - 2).map((line) => `  ${line}`)),
      paint,
      true,
    ),
    ...section("refused", refusedLines(plan), paint),
    ...section(
      "warnings",
      plan.warnings.map((warning) => `  ${printable(warning)}`),
      paint,
    ),
  ]).replace(/\n\n$/, "\n");
}

function runLines({ run }: Plan): string[] {
  const parts = [
    run.retries > 0 ? `retries ${run.retries} (infrastructure only)` : null,
    run.profilesParallel > 0 ? `${plural(run.profilesParallel, "profile")} at any moment` : null,
    run.timeoutMultiplier === 1 ? null : `limits × ${run.timeoutMultiplier}`,
    run.runTimeoutSec > 0 ? `whole batch within ${duration(run.runTimeoutSec)}` : null,
    run.quietVerify ? "tests of one trial at a time" : null,
    run.forceRebuild ? "images rebuilt without cache" : null,
  ].filter((part) => part !== null);
  return parts.length === 0 ? [] : [parts.join(", ")];
}

function section(title: string, lines: readonly string[], paint: Paint, whole = false): string[] {
  return lines.length === 0 ? [] : [paint(title, "bold"), ...(whole ? lines : cut(lines)), ""];
}

function profileLines({ profile, inputs, envFrom, treatmentLines }: ProfilePlan): string[] {
  const facts = [
    `agent ${printable(profile.agent)}`,
    profile.model === null ? null : `model ${printable(profile.model)}`,
    profile.reasoning === null ? null : `reasoning ${printable(profile.reasoning)}`,
    profile.mcpServers.length === 0 || profile.noMcp ? null : `mcp ${profile.mcpServers.map(printable).join(", ")}`,
    profile.capAdd.length === 0 ? null : `capabilities ${profile.capAdd.join(", ")}`,
    profile.command === null ? null : `command ${printable(profile.command.join(" "))}`,
  ].filter((fact) => fact !== null);
  const digests = Object.entries(inputs).map(([name, digest]) => `${printable(name)} ${shortDigest(digest)}`);
  const names = [
    ...Object.keys(profile.setEnv).map((name) => `${printable(name)} (set here)`),
    ...profile.env.map((name) => `${printable(name)} (${envOrigin(name, envFrom)})`),
  ];
  const unused = profile.unused.map(({ key, origin }) => `${key} (${originText(origin)})`);
  return [
    `  ${printable(profile.key)}: ${facts.join(", ")}`,
    ...treatmentLines.map((line) => `    ${printable(line)}`),
    ...(digests.length === 0 ? [] : [`    uses ${digests.join(", ")}`]),
    ...(names.length === 0 ? [] : [`    variables ${names.join(", ")}`]),
    ...(unused.length === 0 ? [] : [`    not used by ${printable(profile.agent)}: ${unused.join(", ")}`]),
  ];
}

function envOrigin(name: string, envFrom: ProfilePlan["envFrom"]): string {
  const found = Object.hasOwn(envFrom, name) ? envFrom[name] : undefined;
  return found === undefined ? "MISSING" : found === "host" ? "from the host" : "from the env file";
}

const TASK_COLUMNS: readonly Column[] = [
  { min: 10 },
  { align: "right" },
  { align: "right", drop: 5 },
  { align: "right", drop: 4 },
  { align: "right", drop: 2 },
  { align: "right", drop: 1 },
  { drop: 3 },
  { drop: 6 },
  { min: 8, drop: 7 },
];

function taskLines(tasks: readonly TaskPlan[], look: Look, paint: Paint): readonly string[] {
  const heading = ["task", "agent", "verifier", "build", "cpus", "memory", "network", "digest", "from"];
  const rows = tasks.map(({ task, limits }) => [
    printable(task.id),
    limitText(limits.agentSec),
    limitText(limits.verifierSec),
    limitText(limits.buildSec),
    task.environment.cpus === null ? UNKNOWN : String(task.environment.cpus),
    memoryText(task.environment.memoryMb),
    task.environment.network === "public" ? "on" : "off",
    shortDigest(task.digest),
    printable(task.source ?? task.dir),
  ]);
  const lines = grid(TASK_COLUMNS, [heading.map((text) => ({ text, style: "dim" as const })), ...rows], {
    columns: look.columns,
    paint,
    indent: "  ",
  });
  const notes = tasks.flatMap(({ task }) => task.notes.map((note) => `  ${printable(task.id)}: ${printable(note)}`));
  return [...cut(lines, 41), ...cut(notes)];
}

/** Limits: null = none. */
export function limitText(seconds: TrialLimits["agentSec"]): string {
  return seconds === null ? "none" : duration(seconds);
}

/** Limits are powers of two, also where Harbor's name for them is `memory_mb`. */
export function memoryText(mib: number | null): string {
  if (mib === null) return UNKNOWN;
  return mib % 1024 === 0 ? `${mib / 1024} GiB` : `${mib} MiB`;
}

const ORDER_SHOWN = 8;

function orderLines(plan: Plan): string[] {
  const shown = plan.trials.slice(0, ORDER_SHOWN).map((trial, at) => {
    const name = `${printable(trial.task)} × ${printable(trial.profile)} #${trial.attempt}`;
    return `  ${String(at + 1).padStart(3)}  ${name}${trial.refused === null ? "" : "  (refused)"}`;
  });
  const more = plan.trials.length - shown.length;
  return more > 0 ? [...shown, `  … ${more} more (use --json)`] : shown;
}

/** One line per task and reason, not per trial. */
function refusedLines(plan: Plan): string[] {
  const lines = plan.trials.flatMap(({ task, refused }) =>
    refused === null ? [] : [`  ${printable(task)}: ${printable(refused.message)}`],
  );
  return [...new Set(lines)];
}

/** `sha256:` and twelve characters are enough to tell two apart by eye. */
function shortDigest(digest: string): string {
  return printable(digest.replace(/^sha256:/, "").slice(0, 12));
}

export function originText(origin: Origin): string {
  switch (origin.kind) {
    case "default":
      return "default";
    case "file":
      return `line ${origin.line}, [${printable(origin.table)}]`;
    case "extends":
      return `line ${origin.line}, extends ${printable(origin.profile)}`;
    case "defaults-table":
      return `line ${origin.line}, [defaults]`;
    case "flag":
      return `flag ${printable(origin.flag)}`;
  }
}
