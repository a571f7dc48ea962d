/** `status`: one line per batch, and the running trials of those that run. */
import { clock, count, dollars, plural, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type Column, type GridCell } from "../../terminal/grid.ts";
import { paintFor, type Style } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import type { BatchStatus } from "../../views/batch-status.ts";
import { cut, textOf, type Look } from "./style.ts";

const STATE_STYLES: Readonly<Record<BatchStatus["state"], Style | undefined>> = {
  running: "cyan",
  finished: "green",
  interrupted: "yellow",
  unknown: "red",
};

const COLUMNS: readonly Column[] = [
  { min: 8 },
  {},
  { align: "right" },
  { align: "right", drop: 3 },
  { align: "right", drop: 3 },
  { align: "right", drop: 2 },
  { drop: 4 },
  { min: 8, drop: 1 },
];
const RUNNING_COLUMNS: readonly Column[] = [
  { min: 8 },
  { min: 6 },
  { align: "right" },
  { drop: 1 },
  { align: "right" },
];
const RUNNING_SHOWN = 20;

/** @param now milliseconds since 1970. */
export function statusText(batches: readonly BatchStatus[], look: Look, now: number): string {
  if (batches.length === 0) return "no batches here\n";
  const paint = paintFor(look.color);
  const heading = ["batch", "state", "scored", "not scored", "spent", "pid", "started", "in"].map(dim);
  const lines = grid(COLUMNS, [heading, ...batches.map(batchRow)], { columns: look.columns, paint });
  const running = batches
    .filter((batch) => batch.running.length > 0)
    .flatMap((batch) => [
      "",
      paint(`${printable(batch.slug)}/${batch.batch} running`, "bold"),
      ...cut(
        grid(
          RUNNING_COLUMNS,
          batch.running.map((one) => runningRow(one, now)),
          { columns: look.columns, paint, indent: "  " },
        ),
        RUNNING_SHOWN,
      ),
    ]);
  const short = batches
    .filter(({ outOfMemory }) => outOfMemory > 0)
    .map(
      ({ slug, batch, outOfMemory }) =>
        `${printable(slug)}/${batch}: ${plural(outOfMemory, "trial")} had processes killed for want of memory (regatta results ${printable(slug)}/${batch})`,
    );
  return textOf([...lines, ...running, ...short]);
}

function batchRow(batch: BatchStatus): GridCell[] {
  const { counts } = batch;
  return [
    `${printable(batch.slug)}/${batch.batch}`,
    { text: batch.state, style: STATE_STYLES[batch.state] },
    `${counts.scored}/${counts.planned ?? "?"}`,
    counts.notScored === 0 ? dim("0") : { text: String(counts.notScored), style: "red" },
    spentText(batch.spent),
    batch.ownerPid === null ? UNKNOWN : String(batch.ownerPid),
    batch.startedAt === null ? UNKNOWN : printable(batch.startedAt.slice(0, 19).replace("T", " ")),
    printable(batch.batchDir),
  ];
}

function spentText(spent: BatchStatus["spent"]): string {
  if (spent === null) return UNKNOWN;
  return spent.costUsd === null ? `${count(spent.tokens)} tokens` : dollars(spent.costUsd);
}

function runningRow(one: BatchStatus["running"][number], now: number): GridCell[] {
  const age = (now - Date.parse(one.since)) / 1000;
  return [
    printable(one.trial.task),
    printable(one.trial.profile),
    `#${one.trial.attempt}${one.try > 1 ? ` try ${one.try}` : ""}`,
    dim(printable(one.phase ?? "starting")),
    Number.isFinite(age) ? clock(age) : UNKNOWN,
  ];
}

/**
 * `{ "schema_version": 1, "batches": [ { "slug", "batch", "state", "planned", "scored", "not_scored", "cancelled", "not_started",
 * "running": [ { "task", "profile", "attempt", "try", "phase", "since" } ], "spent": null or { "cost_usd", "tokens" }, "out_of_memory", "owner_pid", "started_at", "batch_dir" } ] }`.
 */
export function statusJson(batches: readonly BatchStatus[]): Readonly<Record<string, unknown>> {
  return {
    schema_version: 1,
    batches: batches.map((batch) => ({
      slug: batch.slug,
      batch: batch.batch,
      state: batch.state,
      planned: batch.counts.planned,
      scored: batch.counts.scored,
      not_scored: batch.counts.notScored,
      cancelled: batch.counts.cancelled,
      not_started: batch.counts.notStarted,
      running: batch.running.map(({ trial, try: tryNumber, phase, since }) => ({
        ...trial,
        try: tryNumber,
        phase,
        since,
      })),
      spent: batch.spent === null ? null : { cost_usd: batch.spent.costUsd, tokens: batch.spent.tokens },
      out_of_memory: batch.outOfMemory,
      owner_pid: batch.ownerPid,
      started_at: batch.startedAt,
      batch_dir: batch.batchDir,
    })),
  };
}

function dim(text: string): GridCell {
  return { text, style: "dim" };
}
