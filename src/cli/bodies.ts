/** Where each command's body is. Dynamic imports, so that `--help` and `--version` load none of them. */
import type { CommandBody, CommandName } from "./commands.ts";

type Loaders = { readonly [N in CommandName]: () => Promise<{ readonly default: CommandBody<N> }> };

export const BODIES: Loaders = {
  run: () => import("./commands/run.ts"),
  init: () => import("./commands/init.ts"),
  validate: () => import("./commands/validate.ts"),
  schema: () => import("./commands/schema.ts"),
  datasets: () => import("./commands/datasets.ts"),
  pull: () => import("./commands/pull.ts"),
  tasks: () => import("./commands/tasks.ts"),
  plan: () => import("./commands/plan.ts"),
  export: () => import("./commands/export.ts"),
  doctor: () => import("./commands/doctor.ts"),
  status: () => import("./commands/status.ts"),
  results: () => import("./commands/results.ts"),
  analyze: () => import("./commands/analyze.ts"),
  compare: () => import("./commands/compare.ts"),
  gate: () => import("./commands/gate.ts"),
  diff: () => import("./commands/diff.ts"),
  verify: () => import("./commands/verify.ts"),
  reproduce: () => import("./commands/reproduce.ts"),
  retry: () => import("./commands/retry.ts"),
  watch: () => import("./commands/watch.ts"),
  recover: () => import("./commands/recover.ts"),
  gc: () => import("./commands/gc.ts"),
  kill: () => import("./commands/kill.ts"),
  index: () => import("./commands/index.ts"),
  cache: () => import("./commands/cache.ts"),
  completion: () => import("./commands/completion.ts"),
  complete: () => import("./commands/complete.ts"),
};
