/** Tests of a trial from CTRF files (https://ctrf.io): one, or several that are added up. */
import { isRecord } from "../../base/is-record.ts";
import type { TestCounts } from "../trial.ts";

/** Failed tests that are remembered by name. */
const MOST_NAMES = 200;

/** @returns what is wrong, in words, when it is no CTRF report. */
export function testCounts(value: unknown): TestCounts | { readonly problem: string } {
  const results = isRecord(value) ? value["results"] : null;
  if (!isRecord(results)) return { problem: "has no results" };
  const tests = Array.isArray(results["tests"]) ? results["tests"].filter(isRecord) : [];
  const summary = isRecord(results["summary"]) ? results["summary"] : {};
  const failing = tests.filter((test) => test["status"] === "failed");
  const passed = whole(summary["passed"]) ?? tests.filter((test) => test["status"] === "passed").length;
  const failed = whole(summary["failed"]) ?? failing.length;
  const total = whole(summary["tests"]) ?? Math.max(tests.length, passed + failed);
  if (passed + failed > total) return { problem: "counts more results than tests" };
  return { passed, failed, total, failedTests: failing.slice(0, MOST_NAMES).map(nameOf) };
}

export function addUp(all: readonly TestCounts[]): TestCounts {
  return {
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
    total: all.reduce((sum, { total }) => sum + total, 0),
    failedTests: all.flatMap(({ failedTests }) => failedTests),
  };
}

function nameOf(test: Record<string, unknown>): string {
  const file = test["filePath"] ?? test["file_path"];
  if (typeof file === "string" && file !== "") return file;
  return typeof test["name"] === "string" ? (test["name"].split("::")[0] ?? "") : "";
}

function whole(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 ? value : null;
}
