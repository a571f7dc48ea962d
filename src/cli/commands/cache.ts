/** `cache ls` shows what is kept; `prune` brings it within a budget, the least recently used first; `verify` reads it again. */
import { jsonText } from "../../base/inert.ts";
import { beyondBudget, type CacheEntry, cacheEntries, type CheckedEntry, verifyCache } from "../../app/cache.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { UserError } from "../../contract/failure.ts";
import { bytes, plural } from "../../terminal/figures.ts";
import { grid } from "../../terminal/grid.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { type Look, textOf } from "../render/style.ts";

const GB = 1e9;

const cache: CommandBody<"cache"> = async ({ action }, { maxGb, yes, json }, io) => {
  if (action !== "ls" && action !== "prune" && action !== "verify")
    throw new UserError(`"${action}" is nothing that can be done with the cache`, [
      "regatta cache ls, regatta cache prune, or regatta cache verify",
    ]);
  if (action === "verify") {
    const checked = await verifyCache();
    const damaged = checked.filter(({ problems }) => problems.length > 0);
    const removed = new Set<CheckedEntry>();
    if (yes) for (const entry of damaged) if (await entry.remove()) removed.add(entry);
    const shown = json ? jsonText(checkedJson(checked, removed)) : checkedText(checked, removed);
    io.stdout.write(shown);
    return damaged.length === removed.size ? EXIT.ok : EXIT.incomplete;
  }
  const entries = await cacheEntries();
  if (action === "ls") {
    io.stdout.write(json ? jsonText(asJson(entries)) : tableOf(entries, io.terminal()));
    return EXIT.ok;
  }
  if (maxGb === undefined)
    throw new UserError("prune needs a budget", [
      "regatta cache prune --max-gb 20 keeps the 20 GB used last; 0 keeps nothing",
    ]);
  const going = beyondBudget(entries, maxGb * GB);
  const gone: CacheEntry[] = [];
  const inUse: CacheEntry[] = [];
  if (yes) for (const entry of going) ((await entry.remove()) ? gone : inUse).push(entry);
  if (json) {
    io.stdout.write(jsonText({ ...asJson(going), removed: yes ? gone.length : null }));
    return EXIT.ok;
  }
  if (!yes) {
    const verb = (entry: CacheEntry): string =>
      `would remove ${entry.kind} ${printable(entry.name)} (${bytes(entry.bytes)})`;
    for (const entry of going) io.stdout.write(`${verb(entry)}\n`);
    io.stdout.write(
      going.length === 0 ? `all of it is within ${maxGb} GB\n` : "nothing was removed; add --yes to do it\n",
    );
    return EXIT.ok;
  }
  for (const entry of inUse) io.stdout.write(`${entry.kind} ${printable(entry.name)} is in use and was kept\n`);
  io.stdout.write(`${plural(gone.length, "entry", "entries")} removed, ${bytes(sum(gone))}\n`);
  return EXIT.ok;
};
export default cache;

function tableOf(entries: readonly CacheEntry[], look: Look): string {
  if (entries.length === 0) return "nothing is kept\n";
  const heading = ["kind", "size", "last used", "name"].map((text) => ({ text, style: "dim" as const }));
  const rows = entries.map(({ kind, name, bytes: size, lastUsed }) => [
    kind,
    bytes(size),
    lastUsed === null ? "—" : lastUsed.toISOString().slice(0, 16).replace("T", " "),
    printable(name),
  ]);
  const columns = [{}, { align: "right" as const }, { drop: 1 }, { min: 20 }];
  const lines = grid(columns, [heading, ...rows], { columns: look.columns, paint: paintFor(look.color) });
  return textOf([...lines, "", `${plural(entries.length, "entry", "entries")}, ${bytes(sum(entries))}`]);
}

const SHOWN_PROBLEMS = 5;

function checkedText(checked: readonly CheckedEntry[], removed: ReadonlySet<CheckedEntry>): string {
  const damaged = checked.filter(({ problems }) => problems.length > 0);
  if (damaged.length === 0) return `${plural(checked.length, "toolchain")} checked, all as they were made\n`;
  const lines = damaged.flatMap((entry) => [
    `toolchain ${printable(entry.name)} is damaged${removed.has(entry) ? ", and was removed" : ""}:`,
    ...entry.problems.slice(0, SHOWN_PROBLEMS).map((problem) => `  ${printable(problem)}`),
    ...(entry.problems.length > SHOWN_PROBLEMS ? [`  and ${entry.problems.length - SHOWN_PROBLEMS} more`] : []),
  ]);
  const left = damaged.length - removed.size;
  return textOf([
    ...lines,
    `${damaged.length} of ${plural(checked.length, "toolchain")} damaged; what is removed is made again when it is needed`,
    ...(left > 0 && removed.size > 0 ? [`${left} kept: a process that is alive uses it`] : []),
    ...(left > 0 && removed.size === 0 ? ["regatta cache verify --yes removes what is damaged and not in use"] : []),
  ]);
}

function checkedJson(checked: readonly CheckedEntry[], removed: ReadonlySet<CheckedEntry>): object {
  return {
    schema_version: 1,
    entries: checked.map((entry) => ({
      kind: "toolchain",
      name: entry.name,
      problems: entry.problems,
      removed: removed.has(entry),
    })),
  };
}

function sum(entries: readonly CacheEntry[]): number {
  return entries.reduce((total, entry) => total + entry.bytes, 0);
}

function asJson(entries: readonly CacheEntry[]): object {
  return {
    schema_version: 1,
    bytes: sum(entries),
    entries: entries.map(({ kind, name, bytes: size, lastUsed }) => ({
      kind,
      name,
      bytes: size,
      last_used: lastUsed?.toISOString() ?? null,
    })),
  };
}
