/** `[run]`. */
import { z } from "zod";
import { RUN_DEFAULTS } from "../defaults.ts";
import { line, LONGEST_SEC, path, seconds } from "./values.ts";
import { option } from "./words.ts";

const CONTAINER_ENVS = ["local", "docker"] as const;

export const runTable = z.strictObject({
  results_root: option(path, {
    description:
      "Where batches are written: <results_root>/<slug>/<batch>/. Relative to the project root; made when missing.",
    expected: "a path",
    default: RUN_DEFAULTS.results_root,
  }),
  attempts: option(z.int().min(1).max(10_000), {
    description: "Attempts per cell (one task under one profile).",
    expected: "a whole number from 1 to 10000",
    integer: true,
    default: RUN_DEFAULTS.attempts,
  }),
  retries: option(z.int().min(0).max(100), {
    description:
      "How often a trial that failed for infrastructure reasons is tried again. Nothing else is ever retried.",
    expected: "a whole number from 0 to 100",
    integer: true,
    default: RUN_DEFAULTS.retries,
  }),
  parallel: option(z.int().min(0).max(1000), {
    description: "Trials at once, all profiles together; 0 = chosen from the machine.",
    expected: "a whole number from 0 to 1000",
    integer: true,
    default: RUN_DEFAULTS.parallel,
  }),
  profiles_parallel: option(z.int().min(0).max(1000), {
    description: "Trials of at most this many profiles at any moment; never changes the order; 0 = no such limit.",
    expected: "a whole number from 0 to 1000",
    integer: true,
    default: RUN_DEFAULTS.profiles_parallel,
  }),
  container_env: option(z.enum(CONTAINER_ENVS), {
    description: "Where trials run: local (namespaces over this machine's own file system, needs nothing) or docker.",
    expected: '"local" or "docker"',
    default: RUN_DEFAULTS.container_env,
  }),
  force_rebuild: option(z.boolean(), {
    description: "Build from the Dockerfile without cache, even where the task names a docker_image.",
    expected: "true or false",
    default: RUN_DEFAULTS.force_rebuild,
  }),
  run_timeout_sec: option(seconds("zero"), {
    description: "Wall clock of the whole batch in seconds; 0 = none.",
    expected: `seconds from 0 to ${LONGEST_SEC}`,
    default: RUN_DEFAULTS.run_timeout_sec,
  }),
  timeout_multiplier: option(z.number().gt(0).max(1000), {
    description: "Every limit of every task is multiplied by this.",
    expected: "a number above 0, at most 1000",
    default: RUN_DEFAULTS.timeout_multiplier,
  }),
  agent_timeout_sec: option(seconds("more"), {
    description: "Seconds that an agent has, in place of each task's own limit.",
    expected: `seconds above 0, at most ${LONGEST_SEC}`,
  }),
  min_free_gb: option(z.number().min(0).max(1_000_000), {
    description:
      "No new trial starts while a disk that the run fills has less than this many GB free; they go on by themselves. 0 = never checked.",
    expected: "GB from 0 to 1000000",
    default: RUN_DEFAULTS.min_free_gb,
  }),
  quiet_verify: option(z.boolean(), {
    description: "Tests of one trial at a time, for tests that measure time; agents go on meanwhile.",
    expected: "true or false",
    default: RUN_DEFAULTS.quiet_verify,
  }),
  notify: option(line, {
    description:
      "A shell command that is run when the run is finished, blocked (a disk is nearly full), or has spent a budget. It is told by REGATTA_EVENT, REGATTA_MESSAGE, REGATTA_BATCH and REGATTA_BATCH_DIR, and by JSON on its stdin.",
    expected: "a shell command",
  }),
  engine: option(z.enum(["regatta", "harbor"]), {
    description: "Who runs the trials: regatta, or harbor (the real Harbor, one job per profile; needs Docker and uv).",
    expected: '"regatta" or "harbor"',
    default: RUN_DEFAULTS.engine,
  }),
  harbor_bin: option(path, {
    description:
      "With engine harbor: the program to run, a path from the project root or a name in PATH. Default: uvx --python 3.13 harbor.",
    expected: "the path or name of a program",
  }),
  registry: option(line, {
    description: "Path or http(s) URL of a dataset registry. Without it Harbor's public registry is used.",
    expected: "a path or an http(s) URL",
  }),
});
