/** Experiments of any size whose trials do nothing: the `nop` agent over tasks that always give reward 1. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * @typedef {object} Size
 * @property {number} tasks
 * @property {number} profiles
 * @property {number} [attempts] 1
 */

/**
 * Writes a project in a temporary folder, lends it out, and removes it.
 *
 * @template T
 * @param {Size} size
 * @param {(experiment: string, folder: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function withNopExperiment(size, use) {
  const folder = mkdtempSync(join(tmpdir(), "regatta-bench-"));
  try {
    return await use(write(folder, size), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @param {Size} size
 * @returns {string} the experiment file
 */
function write(folder, { tasks, profiles, attempts = 1 }) {
  const taskIds = Array.from({ length: tasks }, (_, index) => `task-${index}`);
  for (const id of taskIds) writeTask(join(folder, "tasks", id));
  mkdirSync(join(folder, "experiments"));
  const file = join(folder, "experiments", "nop.toml");
  const lines = [
    "schema_version = 2",
    'slug = "nop"',
    "[run]",
    `attempts = ${attempts}`,
    'container_env = "local"',
    ...taskIds.map((id) => `[tasks.${id}]\npath = "tasks/${id}"`),
    ...Array.from({ length: profiles }, (_, index) => `[profiles.nop-${index}]\nagent = "nop"`),
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  return file;
}

/** @param {string} folder */
function writeTask(folder) {
  for (const each of ["environment", "tests", "solution"]) mkdirSync(join(folder, each), { recursive: true });
  writeFileSync(join(folder, "task.toml"), 'schema_version = "1.4"\n');
  writeFileSync(join(folder, "instruction.md"), "Do nothing.\n");
  writeFileSync(join(folder, "environment", "Dockerfile"), "FROM debian:bookworm-slim\nWORKDIR /app\n");
  writeFileSync(join(folder, "solution", "solve.sh"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(folder, "tests", "test.sh"), "#!/bin/sh\necho 1 >/logs/verifier/reward.txt\n", { mode: 0o755 });
}
