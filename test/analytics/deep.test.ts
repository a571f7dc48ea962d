/** Trajectories that nest so deep that walking them overflows the stack: they cost their own metrics, and no verdict. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { DEFAULT_RULE } from "../../src/contract/reward-rule.ts";
import { readActions } from "../../src/analytics/diff/read-side.ts";
import { trajectoryDiff } from "../../src/analytics/diff/trajectory-diff.ts";
import { computeTrial } from "../../src/analytics/reading/compute-trial.ts";
import { result } from "./jobs.ts";

function trialWith(levels: number): string {
  const dir = mkdtempSync(join(tmpdir(), "regatta-deep-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  mkdirSync(join(dir, "agent"));
  writeFileSync(
    join(dir, "result.json"),
    JSON.stringify(result({ task_name: "t", verifier_result: { rewards: { reward: 0 } } })),
  );
  const deep = `${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;
  const call = `{"tool_call_id":"c","function_name":"Bash","arguments":${deep}}`;
  const steps = `[{"step_id":1,"source":"user","message":"x"},{"step_id":2,"source":"agent","message":"y","tool_calls":[${call}]}]`;
  writeFileSync(
    join(dir, "agent/trajectory.json"),
    `{"schema_version":"ATIF-v1.6","session_id":"s","agent":{"name":"a","version":"1"},"steps":${steps}}`,
  );
  return dir;
}

test.each([50, 2000, 4000, 7000, 20_000, 200_000])("%i levels", (levels) => {
  const dir = trialWith(levels);
  const { reading } = computeTrial(dir, { checksums: false, rule: DEFAULT_RULE });
  expect(reading).toMatchObject({ facts: { outcome: { kind: "scored", rewards: { reward: 0 } } } });
  const { steps } = readActions(dir);
  expect(() => trajectoryDiff(steps, steps)).not.toThrow();
});
