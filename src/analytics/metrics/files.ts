/** Which files the agent looked at and changed, and in what order. How that is told from a call is in trajectory/acts.ts. */
import { notComputed } from "../known.ts";
import type { Act } from "../trajectory/act.ts";
import type { Trajectory } from "../trajectory/trajectory.ts";
import { type Metric, overSteps, TRAJECTORY } from "./metric.ts";

const source = `${TRAJECTORY}, names and arguments of tool_calls, and the words of shell commands`;

export function filesOf(trajectory: Trajectory, kind: "read" | "edit"): Set<string> {
  const files = new Set<string>();
  for (const act of trajectory.acts) if (act.kind === kind && act.path !== null) files.add(act.path);
  return files;
}

function breadthOf(trajectory: Trajectory): number {
  const files = filesOf(trajectory, "read");
  for (const file of filesOf(trajectory, "edit")) files.add(file);
  return files.size;
}

/** A file edited again after another one was, and edits taken back. */
export function backtracksIn(acts: readonly Act[]): number {
  const edited = new Set<string>();
  let last: string | null = null;
  let backtracks = 0;
  for (const { kind, path } of acts) {
    if (kind === "undo") backtracks += 1;
    if (kind !== "edit" || path === null) continue;
    if (path !== last && edited.has(path)) backtracks += 1;
    edited.add(path);
    last = path;
  }
  return backtracks;
}

export const FILES: readonly Metric[] = [
  {
    name: "files_read",
    unit: "count",
    definition: "Different files read.",
    source,
    compute: overSteps((trajectory) => filesOf(trajectory, "read").size),
  },
  {
    name: "files_edited",
    unit: "count",
    definition: "Different files created, changed or deleted.",
    source,
    compute: overSteps((trajectory) => filesOf(trajectory, "edit").size),
  },
  {
    name: "breadth",
    unit: "count",
    definition: "Different files read or edited.",
    source,
    compute: overSteps((trajectory) => breadthOf(trajectory)),
  },
  {
    name: "backtracks",
    unit: "count",
    definition:
      "Times the agent came back to edit a file after editing another one since, and times it took edits back (an undo tool, git checkout of files, restore, revert, reset --hard, stash).",
    source,
    compute: overSteps((trajectory) => backtracksIn(trajectory.acts)),
  },
  {
    name: "search_before_edit",
    unit: "0 or 1",
    definition: "1 when the agent searched (grep, find, ls and the like) before its first edit, else 0.",
    source,
    compute: overSteps((trajectory) => {
      const acts = trajectory.acts;
      const first = acts.findIndex(({ kind }) => kind === "edit");
      if (first === -1) return notComputed("nothing was edited");
      return Number(acts.slice(0, first).some(({ kind }) => kind === "search"));
    }),
  },
  {
    name: "read_before_edit",
    unit: "ratio",
    definition: "Of the files edited, the part that was read earlier.",
    source,
    compute: overSteps((trajectory) => {
      const read = new Set<string>();
      const before = new Map<string, boolean>();
      for (const { kind, path } of trajectory.acts) {
        if (path === null) continue;
        if (kind === "read") read.add(path);
        if (kind === "edit" && !before.has(path)) before.set(path, read.has(path));
      }
      if (before.size === 0) return notComputed("nothing was edited");
      return [...before.values()].filter(Boolean).length / before.size;
    }),
  },
];
