/** Disks that are nearly full, full, or take nothing at all; and the command that tells somebody of it. */
import { describe, expect, test } from "vitest";
import { openGate } from "../support/gate.ts";
import { command, experiment, makeProject, type Project, task } from "../support/project.ts";
import { noSmallDisk, smallDisk } from "../support/small-disk.ts";

const RUN = ["run", "experiments/x.toml"];
/** Leaves six megabytes among the artifacts of each trial. */
const LARGE = command("large", "echo 42 > /app/answer; head -c 6000000 /dev/zero > /logs/artifacts/large");

function files(run: string, profiles = LARGE): Record<string, string> {
  return { ...task("a"), ...task("b"), ...experiment(["a", "b"], profiles, `parallel = 1\n${run}`) };
}

async function told(project: Project): Promise<readonly string[]> {
  return (await project.read("told")).trim().split("\n");
}

describe.skipIf(noSmallDisk !== null)(`a small disk${noSmallDisk === null ? "" : ` (skipped: ${noSmallDisk})`}`, () => {
  test("below min_free_gb trials wait, somebody is told, and they go on by themselves", async () => {
    const notify = `notify = 'echo "$REGATTA_EVENT $REGATTA_BATCH" >> told; cat >> told.json'`;
    const project = await makeProject(files(`min_free_gb = 0.005\n${notify}`));
    const disk = await smallDisk(project, "10m");
    const run = disk.start(RUN);
    await run.shown("paused, no new trials start");
    expect(disk.sh("ls results/x/0/runs/*/ | grep -c __")).toBe("1\n");
    disk.sh("rm results/x/0/runs/*/*__*/artifacts/logs/artifacts/large");
    const { code, stdout, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("2 of 2 trials scored");
    expect(stderr).toMatch(/paused, .*MB free at .*results.*min_free_gb asks for 5\.0 MB: make room/);
    expect(stderr).toMatch(/going on, after \d/);
    expect(await told(project)).toEqual(["blocked x/0", "finished x/0"]);
    const notices = (await project.read("told.json")).trim().split("\n");
    expect(JSON.parse(notices[1] ?? "")).toEqual({
      event: "finished",
      message: "x/0: 2 of 2 trials scored",
      slug: "x",
      batch: 0,
      batch_dir: project.path("results/x/0"),
      exit_code: 0,
    });
  });

  test("full in the middle: what is finished stays, nothing new starts, and the same command goes on with room", async () => {
    const project = await makeProject(files("min_free_gb = 0\nattempts = 2\nnotify = 'echo $REGATTA_EVENT >> told'"));
    const disk = await smallDisk(project, "8m");
    const first = await disk.regatta(RUN);
    expect(first.code, first.stderr).toBe(1);
    expect(first.stderr).toContain("results cannot be written: ENOSPC: no space left on device");
    expect(first.stderr).toContain("the disk is full: nothing new starts");
    expect(first.stderr.match(/: started/g)).toHaveLength(2);
    expect(await told(project)).toEqual(["blocked", "finished"]);
    const finished = (): string => disk.sh("sha256sum results/x/0/runs/*/*__*/result.json | head -1");
    const kept = finished();
    expect((await disk.regatta(["results", "experiments/x.toml"])).stdout).toContain("x/0  2 of 4 trials scored");
    disk.sh("mount -o remount,size=60m tmpfs results");
    const second = await disk.regatta(RUN);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stderr).toContain("continuing x/0");
    expect(second.stdout).toContain("x/0  4 of 4 trials scored");
    expect(disk.sh("sha256sum results/x/0/runs/*/*__*/result.json")).toContain(kept.trim());
  });

  test("a trial that cannot be written is the last of its run, and is run again", async () => {
    const gate = await openGate();
    const project = await makeProject(
      files("min_free_gb = 0", command("waits", `echo 42 > /app/answer; ${gate.knock}`)),
    );
    const disk = await smallDisk(project, "8m");
    const run = disk.start(RUN);
    await gate.knocked;
    disk.sh("cat /dev/zero > results/fill 2>/dev/null || true");
    gate.open();
    const first = await run.ended;
    expect(first.code, first.stderr).toBe(1);
    expect(first.stderr).toMatch(/a × waits #1: not scored: infrastructure, .*ENOSPC/);
    expect(first.stderr.match(/: started/g)).toHaveLength(1);
    disk.sh("rm results/fill");
    const second = await disk.regatta(RUN);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain("x/0  2 of 2 trials scored");
  });

  test("no room for a batch, or a folder that takes nothing: said with what to do, and nothing is left half made", async () => {
    const project = await makeProject(files("min_free_gb = 0"));
    const disk = await smallDisk(project, "8m");
    disk.sh("head -c 8380000 /dev/zero > results/fill; mount -o remount,ro tmpfs results");
    const readOnly = await disk.regatta(RUN);
    expect([readOnly.code, readOnly.stderr.split("\n").slice(-3)]).toEqual([
      1,
      [
        expect.stringMatching(/^regatta: the file system is read-only: mkdir .*results\/x/),
        "Choose another place (results_root in [run], or --output), or make this one writable.",
        "",
      ],
    ]);
    disk.sh("mount -o remount,rw tmpfs results");
    const full = await disk.regatta(RUN);
    expect([full.code, full.stderr.split("\n").slice(-3)]).toEqual([
      1,
      [
        expect.stringMatching(/^regatta: no space left on the device/),
        expect.stringMatching(/^Nothing that was written before is damaged\. Make room/),
        "",
      ],
    ]);
    disk.sh("rm results/fill");
    const free = await disk.regatta(["run", "experiments/x.toml", "--tasks", "a"]);
    expect(free.code, free.stderr).toBe(0);
  });
});
