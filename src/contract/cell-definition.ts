/**
 * What a cell's definition is made of: the same whichever other tasks were planned beside it. Pure.
 *
 * Where tasks run on different platforms (glibc and musl), a profile's entry has a treatment for each, with the tasks that it is for;
 * a cell has the one of its own task, as if there were no other.
 */
import { isRecord } from "../base/is-record.ts";
import type { PlanLock } from "./plan-lock.ts";

/** A profile's entry as far as it is about these tasks. */
export function entryForTasks<T>(entry: T, tasks: readonly string[]): T {
  const treatment = isRecord(entry) ? entry["treatment"] : null;
  const several = isRecord(treatment) ? treatment["by_platform"] : null;
  if (!Array.isArray(several)) return entry;
  const own = several.filter(
    (each: unknown) => isRecord(each) && Array.isArray(each["tasks"]) && each["tasks"].some((id) => tasks.includes(id)),
  ) as readonly Readonly<Record<string, unknown>>[];
  // Earlier locks do not say which task is of which.
  if (own.length === 0) return entry;
  const [first, ...more] = own.map(({ libc: _libc, tasks: _tasks, ...rest }) => rest);
  return { ...entry, treatment: more.length === 0 ? first : { by_platform: [first, ...more] } };
}

export function cellDefinition(
  lock: Pick<PlanLock, "tasks" | "profiles" | "run">,
  { task, profile }: { readonly task: string; readonly profile: string },
): Readonly<Record<"task" | "profile" | "cell", unknown>> {
  return {
    task: lock.tasks[task],
    profile: entryForTasks(lock.profiles[profile], [task]),
    cell: lock.run.cell,
  };
}
