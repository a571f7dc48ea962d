/** Every command of Regatta, declared once, in the order of `--help`. Its body is `commands/<name>.ts`, loaded only when it runs (see bodies.ts). */
import type { Body, CommandSpec } from "./command-spec.ts";
import { analyzing } from "./specs/analyzing.ts";
import { clearing } from "./specs/clearing.ts";
import { comparing } from "./specs/comparing.ts";
import { looking } from "./specs/looking.ts";
import { preparing } from "./specs/preparing.ts";
import { running } from "./specs/running.ts";
import { shell } from "./specs/shell.ts";

export const COMMANDS = {
  run: running.run,
  init: preparing.init,
  validate: preparing.validate,
  schema: preparing.schema,
  tasks: preparing.tasks,
  datasets: preparing.datasets,
  pull: preparing.pull,
  plan: preparing.plan,
  export: preparing.export,
  doctor: preparing.doctor,
  status: looking.status,
  results: looking.results,
  analyze: analyzing.analyze,
  compare: comparing.compare,
  gate: comparing.gate,
  diff: comparing.diff,
  watch: looking.watch,
  retry: running.retry,
  recover: clearing.recover,
  gc: clearing.gc,
  verify: comparing.verify,
  reproduce: running.reproduce,
  kill: clearing.kill,
  index: looking.index,
  cache: clearing.cache,
  completion: shell.completion,
  complete: shell.complete,
} as const satisfies Readonly<Record<string, CommandSpec>>;

export type CommandName = keyof typeof COMMANDS;
export type CommandBody<N extends CommandName> = Body<(typeof COMMANDS)[N]>;
