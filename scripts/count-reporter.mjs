/**
 * A vitest reporter that writes how many tests passed, failed and were skipped to the file named in REGATTA_TEST_COUNTS.
 *
 * A file that cannot be loaded, and an error outside every test, count as one failure each: neither has a test to blame.
 */
import { writeFileSync } from "node:fs";

/**
 * @typedef {{ passed: number, failed: number, skipped: { name: string, reason: string }[] }} Counts
 */

export default class CountReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    /** @type {Counts} */
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: [] };
    for (const module of modules) countModule(module, counts);
    const file = process.env["REGATTA_TEST_COUNTS"];
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}

/**
 * @param {import("vitest/node").TestModule} module
 * @param {Counts} counts
 */
function countModule(module, counts) {
  const failedBefore = counts.failed;
  for (const test of module.children.allTests()) {
    const result = test.result();
    if (result.state === "passed") counts.passed += 1;
    else if (result.state === "failed") counts.failed += 1;
    else {
      const note = result.state === "skipped" ? result.note : "never ran";
      const reason = note ?? (test.options.mode === "todo" ? "todo" : "no reason given");
      counts.skipped.push({ name: `${module.relativeModuleId} > ${test.fullName}`, reason });
    }
  }
  if (module.state() === "failed" && counts.failed === failedBefore) counts.failed += 1;
}
