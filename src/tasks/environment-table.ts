/** The `[environment]` table of a task.toml, with Harbor's defaults and its older spellings. */
import type { Healthcheck, Task } from "../contract/task.ts";
import { readBaseline } from "./network-policy.ts";
import { SIZE_EXPECTED, sizeToMb } from "./size.ts";
import { type NumberRule, type TableReader, tableReader } from "./table-reader.ts";

export const SECONDS: NumberRule = { above: 0, expected: "a number of seconds greater than 0" };
const SECONDS_OR_ZERO: NumberRule = { atLeast: 0, expected: "a number of seconds, 0 or more" };
const WHOLE: NumberRule = { integer: true, atLeast: 1, expected: "a whole number of 1 or more" };
const COUNT: NumberRule = { integer: true, atLeast: 0, expected: "a whole number of 0 or more" };

export interface EnvironmentTable extends Omit<Task["environment"], "dir" | "dockerfile" | "network"> {
  readonly network: ReturnType<typeof readBaseline>;
  readonly os: "linux" | "windows";
  readonly unsupported: readonly string[];
}

export function readEnvironment(given: TableReader | null): EnvironmentTable {
  const table = given ?? tableReader({}, ["environment"], { problems: [], notes: [] });
  const os = readOs(table);
  return {
    os,
    buildTimeoutSec: table.number("build_timeout_sec", SECONDS) ?? 600,
    dockerImage: table.optionalText("docker_image"),
    cpus: table.number("cpus", WHOLE),
    memoryMb: readSize(table, "memory"),
    storageMb: readSize(table, "storage"),
    env: table.variables("env"),
    workdir: readWorkdir(table, os),
    network: readBaseline(table),
    healthcheck: readHealthcheck(table.table("healthcheck")),
    unsupported: readUnsupported(table, os),
  };
}

function readOs(table: TableReader): "linux" | "windows" {
  const found = table.value("os");
  if (typeof found === "string" && found.toLowerCase() === "windows") return "windows";
  if (found !== undefined && !(typeof found === "string" && found.toLowerCase() === "linux")) {
    table.problem("os", JSON.stringify(found), '"linux" or "windows"');
  }
  return "linux";
}

/** `memory_mb = 2048` and the older `memory = "2G"`. Harbor drops an older one that is a number; here it is an error. */
function readSize(table: TableReader, name: "memory" | "storage"): number | null {
  const mb = table.number(`${name}_mb`, WHOLE);
  const older = table.value(name);
  if (older === undefined) return mb;
  const shown = JSON.stringify(older);
  const olderMb = typeof older === "string" ? sizeToMb(older) : null;
  if (olderMb === null) {
    const plain = typeof older === "number" ? `, or ${name}_mb for a number of megabytes` : "";
    table.problem(name, shown, SIZE_EXPECTED + plain);
    return mb;
  }
  if (table.has(`${name}_mb`) && mb !== null && mb !== olderMb) {
    table.problem(
      name,
      `${shown}, which is ${olderMb} MB`,
      `the same as ${name}_mb = ${mb}, or only one of the two keys`,
    );
  }
  return mb ?? olderMb;
}

function readWorkdir(table: TableReader, os: "linux" | "windows"): string | null {
  const workdir = table.optionalText("workdir");
  if (workdir === null || os === "windows" || workdir.startsWith("/")) return workdir;
  table.problem("workdir", JSON.stringify(workdir), "an absolute path in the sandbox");
  return null;
}

function readHealthcheck(table: TableReader | null): Healthcheck | null {
  if (table === null) return null;
  const command = table.text("command");
  if (!table.has("command")) table.problem(null, "no command", "command, a shell command that exits 0 when healthy");
  return {
    command: command ?? "",
    intervalSec: table.number("interval_sec", SECONDS_OR_ZERO) ?? 5,
    timeoutSec: table.number("timeout_sec", SECONDS_OR_ZERO) ?? 30,
    startPeriodSec: table.number("start_period_sec", SECONDS_OR_ZERO) ?? 0,
    startIntervalSec: table.number("start_interval_sec", SECONDS_OR_ZERO) ?? 5,
    retries: table.number("retries", COUNT) ?? 3,
  };
}

function readUnsupported(table: TableReader, os: "linux" | "windows"): readonly string[] {
  const gpus = table.number("gpus", COUNT) ?? 0;
  table.value("gpu_types");
  const mcpServers = table.value("mcp_servers");
  const found: string[] = [];
  if (os === "windows") found.push("Windows (environment.os)");
  if (gpus > 0) found.push("GPUs (environment.gpus)");
  if (table.value("tpu") !== undefined) found.push("TPUs (environment.tpu)");
  if (Array.isArray(mcpServers) ? mcpServers.length > 0 : mcpServers !== undefined) {
    found.push("MCP servers of a task (environment.mcp_servers)");
  }
  if (table.optionalText("skills_dir") !== null) found.push("skills of a task (environment.skills_dir)");
  return found;
}
