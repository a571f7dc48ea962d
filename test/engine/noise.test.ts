import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { doubtText, heaviest, loadBetween, noiseOf } from "../../src/engine/noise.ts";
import { groupUse, oldGroupUse } from "../../src/environments/group-use.ts";
import { machineWaits } from "../../src/host/pressure.ts";
import { looksAtClock } from "../../src/verifier/looks-at-clock.ts";

function folder(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "regatta-noise-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(dir, name, ".."), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

const some = (total: number): string =>
  `some avg10=1.00 avg60=2.00 avg300=0.50 total=${total}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n`;

test("a control group's files become figures; what is missing is not known", () => {
  const dir = folder({
    "cpu.stat": "usage_usec 2500000\nuser_usec 1\nnr_periods 9\nnr_throttled 3\nthrottled_usec 400000\n",
    "memory.peak": `${123 << 20}\n`,
    "memory.events": "low 0\nhigh 0\nmax 2\noom 1\noom_kill 1\noom_group_kill 0\n",
    "cpu.pressure": some(1_500_000),
    "memory.pressure": some(0),
  });
  expect(groupUse(dir)).toEqual({
    cpuSec: 2.5,
    throttledSec: 0.4,
    peakMemoryMib: 123,
    oomKills: 1,
    waitedSec: { cpu: 1.5, memory: 0, io: null },
  });
  expect(groupUse(folder({ "cpu.stat": "usage_usec 1\n", "memory.peak": "max\n" }))).toEqual({
    cpuSec: 1e-6,
    throttledSec: null,
    peakMemoryMib: null,
    oomKills: null,
    waitedSec: null,
  });
});

test("the older control groups, each of its own", () => {
  const dir = folder({
    "cpu/cpu.stat": "nr_periods 3\nnr_throttled 1\nthrottled_time 250000000\n",
    "cpuacct/cpuacct.usage": "1500000000\n",
    "memory/memory.max_usage_in_bytes": `${42 << 20}\n`,
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
  });
  const paths = { cpu: join(dir, "cpu"), cpuacct: join(dir, "cpuacct"), memory: join(dir, "memory") };
  expect(oldGroupUse(paths)).toEqual({
    cpuSec: 1.5,
    throttledSec: 0.25,
    peakMemoryMib: 42,
    oomKills: 2,
    waitedSec: null,
  });
  expect(oldGroupUse({ cpu: null, cpuacct: join(dir, "none"), memory: null })).toMatchObject({
    cpuSec: null,
    peakMemoryMib: null,
  });
});

test("a machine that counts no waiting says nothing, not zero", () => {
  expect(machineWaits("/nonexistent")).toBeNull();
  expect(machineWaits(folder({ cpu: some(2_000_000) }))).toEqual({ cpu: 2, memory: null, io: null });
});

test("load is the share of the time between two readings", () => {
  const before = { cpu: 10, memory: 1, io: null };
  expect(loadBetween(before, { cpu: 12, memory: 1, io: 5 }, 8)).toEqual({ cpu: 0.25, memory: 0, io: null });
  // Counters of another boot, or rounding past the whole.
  expect(loadBetween(before, { cpu: 3, memory: 9, io: 5 }, 4)).toEqual({ cpu: null, memory: 1, io: null });
  expect(loadBetween(null, before, 8)).toBeNull();
  expect(loadBetween(before, before, 0)).toBeNull();
  const use = {
    cpuSec: 1,
    throttledSec: 0,
    peakMemoryMib: null,
    diskMb: 2,
    oomKills: 0,
    waitedSec: { cpu: 3, memory: 0, io: null },
  };
  const around = { machineLoad: null, testsLoad: null, imageSec: null, doubt: null };
  expect(noiseOf({ use, seconds: 6, ...around })).toMatchObject({
    diskMb: 2,
    sandboxLoad: { cpu: 0.5, memory: 0, io: null },
  });
  expect(noiseOf({ use: null, seconds: 6, ...around })).toMatchObject({ cpuSec: null, sandboxLoad: null });
});

test("a verdict is doubted from a fifth of the time on, for what was waited for most", () => {
  expect(heaviest(null)).toBeNull();
  expect(heaviest({ cpu: 0.19, memory: null, io: 0.1 })).toBeNull();
  const most = heaviest({ cpu: 0.25, memory: null, io: 0.432 });
  expect(most === null ? null : doubtText(most, false)).toMatch(/waited for the disk 43 % of the time.*--quiet-verify/);
  expect(most === null ? null : doubtText(most, true)).toMatch(/fewer trials at once with -n; tests already ran one/);
});

test("tests that measure or limit time are told from those that only speak of it", async () => {
  const clocks = [
    "start = time.perf_counter()",
    "timeout 30 ./run.sh",
    "subprocess.run(argv, timeout=5)",
    "assert elapsed < 2",
    "sleep 3; curl localhost",
  ];
  for (const text of clocks) expect(await looksAtClock(folder({ "test.sh": text })), text).toBe(true);
  const plain = ["grep -q 42 answer", "# it is high time that this file exists", "assert timestamp == '2020'"];
  for (const text of plain) expect(await looksAtClock(folder({ "test.sh": text })), text).toBe(false);
  expect(await looksAtClock(folder({ "test.sh": "pytest", "deep/test_speed.py": "import timeit" }))).toBe(true);
  expect(await looksAtClock(folder({ "test.sh": "pytest", "data.csv": "perf_counter" }))).toBe(false);
});
