/** Running a command and saying what it cost. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../scripts/set-up.mjs";

/** argv of the built program. */
export const regatta = [process.execPath, join(projectRoot, "dist", "cli.mjs")];

/**
 * @param {readonly string[]} argv
 * @param {{ cwd?: string, env?: Record<string, string> }} [options]
 * @returns {Promise<{ seconds: number, peakMb: number | null, output: string }>} peakMb is of that one process, not of its children
 * @throws {Error} with the output, when it fails: a command that did not do its work was not measured
 */
export function measure(argv, options = {}) {
  const [command = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd: options.cwd ?? projectRoot,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    /** @type {number | null} */
    let peakMb = null;
    // The kernel keeps the maximum, so reading it late loses nothing but the last moments before the exit.
    const watch = setInterval(() => (peakMb = peakOf(child.pid) ?? peakMb), 20);
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (errors += text));
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(watch);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ seconds, peakMb, output });
      else reject(new Error(`${argv.join(" ")} ended with ${code}:\n${(errors + output).slice(-4000)}`));
    });
  });
}

/**
 * @param {number | undefined} pid
 * @returns {number | null} null = the process is gone, or this is not Linux
 */
function peakOf(pid) {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
    return match ? Number(match[1]) / 1024 : null;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH")) return null;
    throw error;
  }
}

/**
 * @param {readonly number[]} values at least one
 * @returns {number}
 */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}

/** @param {number} seconds */
export function milliseconds(seconds) {
  return `${(seconds * 1000).toFixed(seconds < 0.1 ? 1 : 0)} ms`;
}
