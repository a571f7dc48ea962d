/** `cache ls` shows what is kept; `cache prune` brings it within a budget, the least recently used first. */
import { beyondBudget, type CacheEntry, cacheEntries } from "../../app/cache.ts";
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
  if (action !== "ls" && action !== "prune")
    throw new UserError(`"${action}" is nothing that can be done with the cache`, [
      "regatta cache ls, or regatta cache prune",
    ]);
  const entries = await cacheEntries();
  if (action === "ls") {
    io.stdout.write(json ? `${JSON.stringify(asJson(entries), null, 2)}\n` : tableOf(entries, io.terminal()));
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
    io.stdout.write(`${JSON.stringify({ ...asJson(going), removed: yes ? gone.length : null }, null, 2)}\n`);
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
