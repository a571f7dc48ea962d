import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { processLimits, threadsOfUser } from "../../src/host/process-limits.ts";

const hasProc = process.platform === "linux";

test.skipIf(!hasProc)(`limits and threads of this user${hasProc ? "" : " (skipped: no /proc)"}`, () => {
  const limits = processLimits();
  const files = limits?.openFiles ?? Number.POSITIVE_INFINITY;
  expect(files).toBeGreaterThan(readdirSync("/proc/self/fd").length);
  // Root of the machine is not bound; others have at least the processes that run these tests.
  expect(limits?.processes ?? Number.POSITIVE_INFINITY).toBeGreaterThan(1);
  expect(threadsOfUser()).toBeGreaterThanOrEqual(readdirSync("/proc/self/task").length);
});
