/** What came of a trial before the try that decides it, from the folders alone: tries that failed, were stopped, or died with their run. */
import { readdir } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { failure, type Failure } from "../contract/failure.ts";
import type { EarlierTry, TrialRecord } from "../contract/trial-record.ts";
import { isErrno, readJsonTolerant } from "../host/files.ts";
import { EXTRAS, EXTRAS_FILE } from "../records/trial-directory.ts";
import { asTrialExtras } from "../records/trial-extras.ts";
import { asNumber } from "./layout.ts";

export function runDied(): Failure {
  return failure({
    code: "run-died",
    blame: "infrastructure",
    phase: null,
    message: "the run was killed, or the machine went down, while this try was going on",
  });
}

/**
 * @param tries the trial's folder below `.regatta/tries`
 * @param before the number of the try that decides
 * @param replaced a cancelled trial of the same cell, and where it is set aside
 */
export async function earlierTries(
  batchDir: string,
  tries: string,
  before: number,
  replaced: { readonly record: TrialRecord; readonly dir: string } | null,
): Promise<readonly EarlierTry[]> {
  const found = new Map<number, EarlierTry>();
  if (replaced !== null) {
    const { record, dir } = replaced;
    for (const each of record.earlierTries) found.set(each.try, each);
    found.set(record.try, { try: record.try, failure: causeOf(record), dir, usage: record.usage });
  }
  for (const number of await numbersIn(tries)) {
    if (number >= before) continue;
    const dir = join(tries, String(number));
    const read = await readJsonTolerant(join(dir, EXTRAS, EXTRAS_FILE));
    const record = read.state === "ok" ? (asTrialExtras(read.value)?.record ?? null) : null;
    found.set(number, {
      try: number,
      failure: record === null ? runDied() : causeOf(record),
      dir: relative(batchDir, dir),
      usage: record?.usage ?? null,
    });
  }
  return [...found.values()].toSorted((a, b) => a.try - b.try);
}

function causeOf({ outcome }: TrialRecord): Failure {
  return outcome.kind === "scored" ? runDied() : outcome.failure;
}

export async function numbersIn(dir: string): Promise<readonly number[]> {
  try {
    return (await readdir(dir))
      .map((name) => asNumber(basename(name)))
      .filter((number) => number !== null)
      .toSorted((a, b) => a - b);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
