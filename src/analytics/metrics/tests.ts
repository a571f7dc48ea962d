/** Tests of the verifier, where it writes CTRF reports. */
import { type Known, notComputed } from "../known.ts";
import { isMissing, type TestCounts, type Trial } from "../trial.ts";
import type { Metric } from "./metric.ts";

const source = "verifier/*ctrf*.json, summary (several files are added up)";

function overTests(compute: (tests: TestCounts) => Known): Metric["compute"] {
  return ({ tests }: Trial) => (isMissing(tests) ? notComputed(tests.missing) : compute(tests));
}

export const TESTS: readonly Metric[] = [
  {
    name: "tests_passed",
    unit: "count",
    definition: "Tests that passed.",
    source,
    compute: overTests(({ passed }) => passed),
  },
  {
    name: "tests_failed",
    unit: "count",
    definition: "Tests that failed.",
    source,
    compute: overTests(({ failed }) => failed),
  },
  {
    name: "tests_total",
    unit: "count",
    definition: "All tests of the reports, skipped ones included.",
    source,
    compute: overTests(({ total }) => total),
  },
  {
    name: "tests_passed_ratio",
    unit: "ratio",
    definition: "tests_passed / tests_total.",
    source,
    compute: overTests(({ passed, total }) => (total === 0 ? notComputed("there was no test") : passed / total)),
  },
];
