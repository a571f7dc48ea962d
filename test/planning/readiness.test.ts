/** What measured facts come to before a start. */
import { describe, expect, test } from "vitest";
import { addressFinding } from "../../src/planning/readiness/addresses.ts";
import { clockFindings } from "../../src/planning/readiness/clock.ts";
import { diskFinding, storageFinding } from "../../src/planning/readiness/disk.ts";
import { limitFindings } from "../../src/planning/readiness/process-limits.ts";

const LOCAL = { openFiles: 16, processes: 40 };
const NO_LIMITS = { openFiles: null, processes: null };

describe("addresses", () => {
  const room = { kind: "addresses", network: "regatta", subnet: "10.0.0.0/29" } as const;
  test("enough for every trial at a time", () => {
    expect(addressFinding({ ...room, free: 4 }, 4)).toMatchObject({ verdict: "ok", todo: null });
    expect(addressFinding({ ...room, free: 0 }, 0)).toMatchObject({ verdict: "ok" });
  });
  test("too few name the number that fits, where one does", () => {
    expect(addressFinding({ ...room, free: 3 }, 4)).toMatchObject({
      verdict: "stop",
      detail: expect.stringMatching(/^3 addresses are free of 10\.0\.0\.0\/29.*and 4 trials at a time/) as string,
      todo: expect.stringMatching(/^-n 3 fits; or /) as string,
    });
    expect(addressFinding({ ...room, free: 0 }, 4).todo).not.toContain("-n");
  });
  test("a pool that is used up, and an engine that makes no network for another reason", () => {
    const used = "could not find an available, non-overlapping IPv4 address pool among the defaults";
    expect(addressFinding({ kind: "no-network", reason: used }, 1)).toMatchObject({
      verdict: "stop",
      detail: expect.stringContaining(used) as string,
      todo: expect.stringMatching(/docker network prune.*default-address-pools/) as string,
    });
    expect(addressFinding({ kind: "no-network", reason: "iptables failed" }, 1)).toMatchObject({
      verdict: "stop",
      todo: expect.not.stringContaining("prune") as string,
    });
  });
});

describe("limits on files and processes", () => {
  test("none, or far away", () => {
    expect(limitFindings(NO_LIMITS, LOCAL, 1000).map(({ verdict }) => verdict)).toEqual(["ok", "ok"]);
    const facts = { openFiles: 1024, processes: { limit: 60_000, inUse: 500 } };
    expect(limitFindings(facts, LOCAL, 16).map(({ verdict }) => verdict)).toEqual(["ok", "ok"]);
  });
  test("the number that fits is one that is let through, and the next is not", () => {
    for (const openFiles of [144, 159, 256, 1024]) {
      const facts = { ...NO_LIMITS, openFiles };
      const [found] = limitFindings(facts, LOCAL, 500);
      const fits = Number(/^-n (\d+) fits/.exec(found?.todo ?? "")?.[1]);
      expect(limitFindings(facts, LOCAL, fits)[0]).toMatchObject({ verdict: "ok" });
      expect(limitFindings(facts, LOCAL, fits + 1)[0]).toMatchObject({ verdict: "stop" });
    }
  });
  test("the limit to set is one that is let through, and nothing fits into a tiny one", () => {
    const [found] = limitFindings({ ...NO_LIMITS, openFiles: 110 }, LOCAL, 20);
    expect(found).toMatchObject({ name: "open files", verdict: "stop" });
    const [, limit = ""] = /^ulimit -n (\d+)/.exec(found?.todo ?? "") ?? [];
    expect(limitFindings({ ...NO_LIMITS, openFiles: Number(limit) }, LOCAL, 20)[0]).toMatchObject({ verdict: "ok" });
  });
  test("what no sandbox takes is not judged", () => {
    expect(limitFindings(NO_LIMITS, { openFiles: 8, processes: 0 }, 4).map(({ name }) => name)).toEqual(["open files"]);
  });
  test("processes of the same user count", () => {
    const [, found] = limitFindings({ openFiles: null, processes: { limit: 1000, inUse: 920 } }, LOCAL, 2);
    expect(found).toMatchObject({
      name: "processes",
      verdict: "stop",
      detail: "this user may have 1000 processes and threads, 920 in use, and 2 trials at a time need some 1016",
      todo: expect.stringMatching(/^-n 1 fits; or ulimit -u 1024 /) as string,
    });
  });
});

describe("disks", () => {
  const disk = { at: "/data", holds: "results and sandboxes", freeBytes: 4.9e9 };
  test("less than is asked for stops, with both numbers; nothing is asked for by 0", () => {
    expect(diskFinding(disk, 4)).toMatchObject({
      verdict: "ok",
      detail: "4.9 GB free at /data, for results and sandboxes",
    });
    expect(diskFinding(disk, 5)).toMatchObject({
      verdict: "stop",
      detail: "4.9 GB free at /data, for results and sandboxes, and min_free_gb asks for 5.0 GB",
      todo: expect.stringContaining("results_root") as string,
    });
    expect(diskFinding({ ...disk, freeBytes: 0 }, 0)).toMatchObject({ verdict: "ok" });
  });
  test("what nobody could look at is not taken for empty, nor for full", () => {
    expect(diskFinding({ ...disk, freeBytes: null }, 5)).toMatchObject({ verdict: "warn" });
    expect(storageFinding({ ...disk, freeBytes: null }, [1e9], 1)).toBeNull();
  });
  test("declared storage: of the largest tasks that may run at a time", () => {
    expect(storageFinding(disk, [null, null], 2)).toBeNull();
    expect(storageFinding(disk, [2000, 2000, null], 2)).toBeNull();
    expect(storageFinding(disk, [2000, 3000, 1000], 1)).toBeNull();
    expect(storageFinding(disk, [2000, 3000, 1000], 2)).toMatchObject({
      verdict: "warn",
      detail:
        "2 trials at a time may take 5.2 GB by the storage that their tasks declare, and 4.9 GB are free at /data",
    });
  });
});

describe("clocks", () => {
  const hour = 3_600_000;
  test("nobody asked, and all alike", () => {
    expect(clockFindings([])).toEqual([]);
    expect(clockFindings([{ whose: "a", theirs: 299_000, ours: 0 }])).toMatchObject([{ verdict: "ok" }]);
  });
  test.each([
    [-hour, "60 minutes behind that of a"],
    [3 * hour, "3 hours ahead of that of a"],
    [-72 * hour, "3 days behind that of a"],
  ])("off by %i ms", (off, words) => {
    const at = 1_700_000_000_000;
    const far = { whose: "a", theirs: at, ours: at + off };
    expect(clockFindings([{ whose: "b", theirs: at, ours: at }, far])).toMatchObject([
      { verdict: "warn", detail: `this machine's clock is ${words}`, todo: expect.stringContaining("NTP") as string },
    ]);
  });
});
