/** Contract: starting and stopping, alone and many at once, and what stays behind. */
import { describe, expect, it } from "vitest";
import { EnvironmentFailure } from "../environment.ts";
import { contractName, run, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

export function lifecycleContract({ bed, needs, abilities }: ContractContext): void {
  describe("life", () => {
    it("starts fresh each time, and makes the working directory", async () => {
      const one = await bed().started({ workdir: "/made/for/me" });
      expect(
        (await sh(one, "pwd; ls -A . /tmp /home; echo x >/tmp/x; rm -f /usr/bin/env /etc/hosts; id >/etc/new")).stdout,
      ).toBe("/made/for/me\n.:\n\n/home:\n\n/tmp:\n");
      const two = await bed().started();
      expect((await sh(two, "ls -A /tmp; ls -d /usr/bin/env /etc/hosts; ls /etc/new")).stdout).toBe(
        "/etc/hosts\n/usr/bin/env\n",
      );
    });

    it("says what it was made from, where there is such a thing, and what a name means", async () => {
      const environment = bed().create();
      expect(environment.image()).toBeNull();
      await environment.start();
      const image = environment.image();
      if (image !== null) {
        expect(await bed().provider.imageNamed(image.name)).toEqual(image);
        expect((await bed().provider.imageNamed(image.id))?.id).toBe(image.id);
      }
      expect(await bed().provider.imageNamed("no-such-image-anywhere:1")).toBeNull();
    });

    it("can be stopped before, while and after it starts, more than once", async () => {
      await bed().create().stop();
      const environment = bed().create();
      const starting = environment.start().then(
        () => "started",
        () => "failed",
      );
      await environment.stop();
      expect(["started", "failed"]).toContain(await starting);
      await expect(environment.exec({ argv: ["true"] })).rejects.toBeInstanceOf(EnvironmentFailure);
      await environment.stop();
      expect(await ours(bed().provider.list())).toEqual([]);
    });

    it("leaves nothing when its start is aborted", async () => {
      const controller = new AbortController();
      const environment = bed().create();
      const starting = environment.start({ signal: controller.signal });
      setImmediate(() => controller.abort());
      await expect(starting).rejects.toThrow(/abort/i);
      await expect(bed().create().start({ signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
      expect(await ours(bed().provider.list())).toEqual([]);
    });

    it("refuses a name that is taken and one that is no file name, and leaves the owner of the name alone", async () => {
      const first = await bed().started({ name: contractName("taken") });
      await expect(bed().started({ name: contractName("taken") })).rejects.toBeInstanceOf(EnvironmentFailure);
      expect((await sh(first, "echo on")).stdout).toBe("on\n");
      await expect(bed().started({ name: "../up" })).rejects.toThrow(/\.\.\/up/);
    });

    it("says for how many there is room, and where they take it", async () => {
      const { each, addresses, clock } = await bed().provider.capacity({ network: true });
      expect(each.openFiles).toBeGreaterThan(0);
      expect(each.processes).toBeGreaterThanOrEqual(0);
      expect(addresses === null || (addresses.kind === "addresses" && addresses.free > 0)).toBe(true);
      expect(Math.abs((clock?.theirs ?? 0) - (clock?.ours ?? 0))).toBeLessThan(60_000);
      for (const path of await bed().provider.fills()) expect(path).toMatch(/^\//);
    });

    it("lists what runs with its labels, and removes it from outside", async () => {
      const environment = await bed().started({
        name: contractName("listed"),
        labels: { experiment: "contract", trial: "t 1" },
      });
      const running = run(environment, { argv: ["sleep", "900"] });
      running.catch(() => undefined);
      const listed = (await bed().provider.list()).find((each) => each.name === contractName("listed"));
      expect(listed?.labels).toEqual({ experiment: "contract", trial: "t 1" });
      await listed?.remove();
      await expect(running).rejects.toBeInstanceOf(EnvironmentFailure);
      await listed?.remove();
      expect((await bed().provider.list()).map(({ name }) => name)).not.toContain(contractName("listed"));
      await expect(environment.exec({ argv: ["true"] })).rejects.toBeInstanceOf(EnvironmentFailure);
    });

    it("runs fifty at once, each for itself", async () => {
      const all = await Promise.all(Array.from({ length: 50 }, () => bed().started()));
      const said = await Promise.all(
        all.map(
          async (environment, index) =>
            (await sh(environment, `echo ${index} >/mine; sleep 0.05; cat /mine; ls /proc | grep -c '^[0-9]'`)).stdout,
        ),
      );
      expect(said.map((text) => text.split("\n")[0])).toEqual(all.map((_, index) => String(index)));
      await Promise.all(all.map((environment) => environment.stop()));
      expect(await ours(bed().provider.list())).toEqual([]);
    }, 60_000);

    needs(abilities.canDisableNetwork)("has only a loopback where the task has no network", async () => {
      const environment = await bed().started({ network: "no-network" });
      const { stdout } = await sh(
        environment,
        "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '; cat /proc/net/route | wc -l",
      );
      expect(stdout).toBe("lo\n1\n");
      expect(
        (
          await sh(
            environment,
            'command -v python3 >/dev/null || exit 0; exec 2>&1; python3 -c \'import socket; s=socket.socket(); s.bind(("127.0.0.1",80)); s.listen(); socket.create_connection(("127.0.0.1",80),2)\'',
          )
        ).stdout,
      ).toBe("");
    });

    it("sees its own processes only", async () => {
      const environment = await bed().started();
      const other = await bed().started();
      const running = run(other, { argv: ["sleep", "90009"] });
      expect((await sh(environment, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")).stdout).not.toContain("90009");
      await other.stop();
      await running;
    });

    it("reports no incidents when there were none", async () => {
      expect(await (await bed().started()).incidents()).toEqual([]);
    });

    it("tells what it has used, and null where it cannot know; never more than was used", async () => {
      const environment = await bed().started();
      await sh(environment, "head -c 5000000 /dev/zero > /large; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
      const { diskMb, cpuSec, throttledSec, peakMemoryMib, oomKills, waitedSec } = await environment.resources();
      const within = (value: number | null, least: number, most: number): boolean =>
        value === null || (value >= least && value <= most);
      expect({
        diskMb: within(diskMb, 4.9, 20) || diskMb,
        cpuSec: within(cpuSec, 0.001, 60) || cpuSec,
        throttledSec: within(throttledSec, 0, 60) || throttledSec,
        peakMemoryMib: within(peakMemoryMib, 0.1, 4000) || peakMemoryMib,
        oomKills: within(oomKills, 0, 0) || oomKills,
        waited: within(waitedSec?.cpu ?? null, 0, 60) || waitedSec,
      }).toEqual({
        diskMb: true,
        cpuSec: true,
        throttledSec: true,
        peakMemoryMib: true,
        oomKills: true,
        waited: true,
      });
      await environment.stop();
      await expect(environment.resources()).rejects.toThrow("not running");
    });
  });
}

async function ours(
  list: Promise<readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]>,
): Promise<readonly string[]> {
  // Another contract may run on this machine at the same time.
  return (await list)
    .filter(({ name, labels }) => labels["experiment"] === "contract" && name.startsWith(contractName("")))
    .map(({ name }) => name);
}
