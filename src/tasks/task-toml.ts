/**
 * A task.toml as data: Harbor's defaults filled in, its older spellings understood, and what cannot be run yet named.
 *
 * Tasks come from strangers and are written for Harbor, which ignores unknown keys: those are notes here.
 * A value that has the wrong type or cannot be meant is an error, all of a file at once.
 */
import { parse, TomlError } from "smol-toml";
import { UserError } from "../contract/failure.ts";
import type { Task, TaskUser } from "../contract/task.ts";
import { readArtifacts } from "./artifact-list.ts";
import { type EnvironmentTable, readEnvironment, SECONDS } from "./environment-table.ts";
import { readOverride, unsupportedPolicies } from "./network-policy.ts";
import { describe, dotted, type Findings, type TableReader, tableReader, type TomlProblem } from "./table-reader.ts";

/** The newest version of the format that this reader was written for. */
const NEWEST_SCHEMA = "1.4";

export interface TaskToml {
  /** `[task].name`. */
  readonly name: string | null;
  readonly agent: Task["agent"];
  readonly verifier: Task["verifier"];
  readonly environment: Omit<EnvironmentTable, "unsupported">;
  readonly solutionEnv: Readonly<Record<string, string>>;
  readonly artifacts: Task["artifacts"];
  readonly metadata: Task["metadata"];
  readonly multiStep: boolean;
  readonly separateVerifier: boolean;
  readonly unsupported: readonly string[];
  readonly notes: readonly string[];
}

/**
 * @param file as shown in messages
 * @throws UserError with one line per problem, each `file:line:column: key: found …, expected …`
 */
export async function readTaskToml(text: string, file: string): Promise<TaskToml> {
  const findings: Findings = { problems: [], notes: [] };
  const root = tableReader(parseToml(text, file), [], findings);
  const toml = readRoot(root);
  root.finish();
  if (findings.problems.length > 0) throw await taskTomlError(text, file, findings.problems);
  return { ...toml, notes: findings.notes };
}

function parseToml(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ""] = error.message.split("\n");
    const what = first.replace(/^Invalid TOML document: /, "");
    const frame = error.codeblock.split("\n").filter((line) => line.trim() !== "");
    throw new UserError(`${file}:${error.line}:${error.column}: not valid TOML: ${what}`, frame, { cause: error });
  }
}

async function taskTomlError(text: string, file: string, problems: readonly TomlProblem[]): Promise<UserError> {
  const { positionsOf } = await import("./toml-positions.ts");
  const places = positionsOf(
    text,
    problems.map((problem) => problem.path),
  );
  const placed = problems.map((problem, index) => ({ problem, at: places[index] ?? null }));
  placed.sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
  const lines = placed.map(({ problem, at }) => {
    const where = at === null ? file : `${file}:${at.line}:${at.column}`;
    return `${where}: ${dotted(problem.path)}: found ${problem.found}, expected ${problem.expected}`;
  });
  return new UserError(`${file} has ${lines.length === 1 ? "1 problem" : `${lines.length} problems`}:`, lines);
}

function readRoot(root: TableReader): Omit<TaskToml, "notes"> {
  readSchemaVersion(root);
  root.optionalText("source");
  root.oneOf("multi_step_reward_strategy", ["mean", "final"]);
  const steps = root.value("steps");
  const multiStep = Array.isArray(steps) ? steps.length > 0 : steps !== undefined;
  const { artifacts, services } = readArtifacts(root);
  const name = readPackage(root.table("task"));
  const { unsupported: environmentUnsupported, ...environment } = readEnvironment(root.table("environment"));
  const agent = readAgent(root.table("agent"));
  const verifier = readVerifier(root.table("verifier"));

  const unsupported: string[] = [];
  if (multiStep) unsupported.push("multi-step (steps)");
  unsupported.push(...environmentUnsupported);
  const overrides = { agent: agent.network, verifier: verifier.network };
  unsupported.push(...unsupportedPolicies(environment.network, overrides));
  if (verifier.separate) unsupported.push("separate verifier (verifier.environment_mode)");
  if (verifier.collects) unsupported.push("collect commands (verifier.collect)");
  for (const service of services) unsupported.push(`artifacts of another service (${JSON.stringify(service)})`);

  return {
    name,
    agent: agent.settings,
    verifier: verifier.settings,
    environment,
    solutionEnv: root.table("solution")?.variables("env") ?? {},
    artifacts,
    metadata: plainTable(root.freeTable("metadata") ?? {}),
    multiStep,
    separateVerifier: verifier.separate,
    unsupported,
  };
}

function readSchemaVersion(root: TableReader): void {
  const expected = `a version in quotes, such as "${NEWEST_SCHEMA}"`;
  const older = root.text("version", expected);
  const version = root.text("schema_version", expected) ?? older;
  if (version !== null && isNewer(version, NEWEST_SCHEMA)) {
    root.note(
      `task.toml is of version ${JSON.stringify(version)}, newer than ${NEWEST_SCHEMA}: what is new is not understood`,
    );
  }
}

function isNewer(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) > 0;
}

const PACKAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** `[task]`: only its name is used; the rest describes the package. */
function readPackage(table: TableReader | null): string | null {
  if (table === null) return null;
  for (const key of ["version", "description", "authors", "keywords"]) table.value(key);
  const expected = 'a name such as "organisation/task"';
  const name = table.text("name", expected);
  if (!table.has("name")) table.problem(null, "no name", `name, ${expected}`);
  if (name === null || (PACKAGE_NAME.test(name) && !name.includes(".."))) return name;
  table.problem("name", describe(name), expected);
  return null;
}

function readAgent(table: TableReader | null) {
  if (table === null) return { settings: { timeoutSec: null, user: null }, network: null };
  const settings = { timeoutSec: table.number("timeout_sec", SECONDS), user: readUser(table) };
  return { settings, network: readOverride(table) };
}

function readVerifier(table: TableReader | null) {
  if (table === null) {
    return { settings: { timeoutSec: 600, user: null, env: {} }, network: null, separate: false, collects: false };
  }
  const settings = {
    timeoutSec: table.number("timeout_sec", SECONDS) ?? 600,
    user: readUser(table),
    env: table.variables("env"),
  };
  const mode = table.oneOf("environment_mode", ["shared", "separate"]);
  const hasEnvironment = table.freeTable("environment") !== null;
  if (mode === "shared" && hasEnvironment) {
    table.problem("environment_mode", '"shared" beside [verifier.environment]', 'one of the two, or "separate"');
  }
  const collect = table.value("collect");
  return {
    settings,
    network: readOverride(table),
    separate: mode === "separate" || hasEnvironment,
    collects: Array.isArray(collect) ? collect.length > 0 : collect !== undefined,
  };
}

/** A name, or a numeric id. */
function readUser(table: TableReader): TaskUser {
  const user = table.value("user");
  if (user === undefined) return null;
  if (typeof user === "string" && user.trim() !== "") return user;
  if (typeof user === "number" && Number.isSafeInteger(user) && user >= 0) return user;
  table.problem("user", describe(user), "a user name or a numeric id");
  return null;
}

/** Dates as text, so that it can be stored as JSON. */
function plainTable(table: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) return plainTable(value as Readonly<Record<string, unknown>>);
  return value;
}
