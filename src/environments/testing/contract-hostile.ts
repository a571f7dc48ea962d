/** Contract: collecting from a sandbox that means harm. Nothing lands outside, nothing hangs, nothing is unbounded. */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { DownloadReport } from "../environment.ts";
import { PLENTY, run, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

export function hostileContract({ bed, slow }: ContractContext): void {
  describe("hostile collection", () => {
    it("leaves out links that lead away, however they are wound, and keeps those that stay", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(
        environment,
        `mkdir -p /logs/d/e; cd /logs; echo ok >d/e/f
         ln -s /etc/passwd absolute; ln -s ../../etc/passwd climbing; ln -s d/../../x winding; ln -s .. up
         ln -s d/e/f good; ln -s ../../d d/e/back; ln -s . d/e/here; ln -s d/e/here/../../../y through; ln -s /logs/d self`,
      );
      const report = await environment.download("/logs", to, PLENTY);
      expect(names(report)).toEqual(["absolute", "climbing", "self", "through", "up", "winding"]);
      expect(readFileSync(join(to, "good"), "utf8")).toBe("ok\n");
      expect(lstatSync(join(to, "d/e/back")).isSymbolicLink()).toBe(true);
    });

    it("leaves out pipes, sockets and devices without opening them", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(
        environment,
        "mkdir /logs; cd /logs; mkfifo pipe; mknod zero c 1 5 2>/dev/null || mkfifo zero; echo ok >file",
      );
      const report = await environment.download("/logs", to, { ...PLENTY, timeoutSec: 10 });
      expect(names(report)).toEqual(["pipe", "zero"]);
      expect(readdirSync(to)).toEqual(["file"]);
    });

    it("leaves out names that are no text, and takes every other as it is", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      const odd = ["-rf", "~", "new\nline", "\u001b[2J", "\u202egnp.exe", "<b>", "=cmd()", ".regatta", "n".repeat(250)];
      await run(environment, {
        argv: [
          "sh",
          "-c",
          `mkdir -p /logs; cd /logs; for n in "$@"; do echo x >"./$n"; done; n=$(printf '\\377\\376bad'); echo x >"$n"; mkdir "$n.d"; echo x >"$n.d/f"`,
          "sh",
          ...odd,
        ],
      });
      const report = await environment.download("/logs", to, PLENTY);
      expect(readdirSync(to).toSorted()).toEqual(odd.toSorted());
      expect(report.leftOut.map(({ reason }) => reason)).toEqual(
        Array.from({ length: 3 }, () => "its name is not UTF-8"),
      );
    });

    it("never writes through a link that is already at the destination", async () => {
      const environment = await bed().started();
      const to = await bed().scratch();
      const victim = await bed().scratch();
      await mkdir(join(to, "out"));
      await symlink(victim, join(to, "out/d"));
      await symlink(join(victim, "file"), join(to, "out/f"));
      await sh(environment, "mkdir -p /logs/d; echo bad >/logs/d/x; echo bad >/logs/f");
      await environment.download("/logs", join(to, "out"), PLENTY);
      expect(readdirSync(victim)).toEqual([]);
      expect(readFileSync(join(to, "out/f"), "utf8")).toBe("bad\n");
    });

    it("holds the limits on bytes, on one file, and on the number of files", async () => {
      const environment = await bed().started();
      const to = await bed().scratch();
      await sh(
        environment,
        "mkdir /logs; cd /logs; truncate -s 10G sparse; head -c 5000 /dev/zero >large; for i in 1 2 3 4 5; do head -c 400 /dev/zero >s$i; done",
      );
      const small = await environment.download("/logs", join(to, "a"), {
        ...PLENTY,
        maxFileBytes: 1000,
        maxBytes: 1500,
      });
      expect(small).toMatchObject({ files: 3, bytes: 1200, leftOutCount: 4 });
      const few = await environment.download("/logs", join(to, "b"), { ...PLENTY, maxFileBytes: 1000, maxFiles: 2 });
      expect(few.files).toBe(2);
      expect(few.leftOutCount).toBe(5);
      expect(
        await environment.download("/logs/sparse", join(to, "c"), { ...PLENTY, maxFileBytes: 1000 }),
      ).toMatchObject({ files: 0, leftOutCount: 1 });
    });

    it(
      "counts what it leaves out of a flood of files, and names the first hundred",
      async () => {
        const environment = await bed().started();
        const to = join(await bed().scratch(), "out");
        const flood = slow ? 1_000_000 : 20_000;
        await sh(
          environment,
          `mkdir /logs; cd /logs; for d in 0 1 2 3 4 5 6 7 8 9; do mkdir $d; (cd $d; seq 1 ${flood / 10} | xargs touch); done`,
        );
        const report = await environment.download("/logs", to, { ...PLENTY, maxFiles: 1000 });
        expect(report.files).toBeLessThanOrEqual(1000);
        expect(report.files).toBeGreaterThan(900);
        expect(report.leftOut.length).toBe(100);
        expect(report.files + report.leftOutCount).toBeGreaterThanOrEqual(flood);
      },
      slow ? 300_000 : 30_000,
    );

    it("stops at the clock", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(environment, "mkdir /logs; cd /logs; truncate -s 40G a; echo x >b");
      const before = performance.now();
      const report = await environment.download("/logs", to, {
        maxBytes: 1e12,
        maxFileBytes: 1e12,
        maxFiles: 10,
        timeoutSec: 1,
      });
      expect(performance.now() - before).toBeLessThan(8000);
      expect(report.leftOutCount).toBeGreaterThan(0);
      expect(report.leftOut.map(({ reason }) => reason).join()).toMatch(/time|long/);
    });

    it("takes directories without permission, and strips what a mode could grant", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(
        environment,
        "mkdir -p /logs/closed; cd /logs; echo x >closed/f; echo y >set; chmod 000 closed/f closed; chmod 6755 set",
      );
      const report = await environment.download("/logs", to, PLENTY);
      expect(report).toMatchObject({ files: 2, leftOutCount: 0 });
      expect(readFileSync(join(to, "closed/f"), "utf8")).toBe("x\n");
      expect(statSync(join(to, "set")).mode & 0o7000).toBe(0);
    });

    it("survives paths deeper than any system call takes", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(
        environment,
        "mkdir /logs; cd /logs; echo ok >top; n=$(printf %200s | tr ' ' d); i=0; while [ $i -lt 40 ]; do mkdir $n && cd $n || break; i=$((i+1)); done; echo x >bottom",
      );
      const report = await environment.download("/logs", to, PLENTY);
      expect(readFileSync(join(to, "top"), "utf8")).toBe("ok\n");
      expect(report.leftOutCount).toBeGreaterThan(0);
    });

    it("keeps inside when a path is swapped for a link while it copies", async () => {
      const environment = await bed().started();
      const to = await bed().scratch();
      await sh(
        environment,
        "mkdir -p /logs /real; for i in $(seq 200); do mkdir /logs/d$i; echo mine >/logs/d$i/passwd; done; echo '#!/bin/sh' >/swap",
      );
      const swapping = environment.exec({
        argv: [
          "sh",
          "-c",
          "while :; do for i in 1 50 100 150 200; do mv /logs/d$i /real/d$i && ln -s /etc /logs/d$i && rm /logs/d$i; mv /real/d$i /logs/d$i; done; done 2>/dev/null",
        ],
        timeoutSec: 3,
        graceSec: 0,
      });
      for (let round = 0; round < 5; round++) {
        const out = join(to, String(round));
        await environment.download("/logs", out, PLENTY);
        for (const dir of readdirSync(out)) {
          const path = join(out, dir, "passwd");
          if (existsSync(path)) expect(["mine\n", ""]).toContain(readFileSync(path, "utf8"));
        }
      }
      await swapping;
    });

    it("gives no sandbox all processes of the machine", async () => {
      const environment = await bed().started();
      const { stdout } = await sh(
        environment,
        "cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max /proc/sys/kernel/pid_max 2>/dev/null",
      );
      const limit = Math.min(
        ...stdout
          .split("\n")
          .map(Number)
          .filter((number) => number > 0),
      );
      const limited = bed()
        .provider.abilities()
        .then(({ statements }) => statements.join().includes("at most 8192 processes"));
      expect(limit <= 8192).toBe(await limited);
    });

    it("does not rely on the sandbox's own programs", async () => {
      const environment = await bed().started();
      const to = join(await bed().scratch(), "out");
      await sh(
        environment,
        `mkdir /logs; echo ok >/logs/f
         printf '#!/bin/sh\\necho evil\\n' >/evil; chmod +x /evil
         for t in tar find head cat mkdir readlink chmod sh setpriv nsenter; do for d in /usr/bin /bin /usr/local/bin; do cp /evil $d/.$t && mv -f $d/.$t $d/$t; done; done
         echo /evil.so >/etc/ld.so.preload; rm -rf /lib64/* /lib/*/ld-linux* /usr/lib/*/ld-linux*`,
      );
      expect((await environment.readFile("/logs/f")).toString()).toBe("ok\n");
      await environment.writeFile("/logs/new/g", "written");
      expect(await environment.download("/logs", to, PLENTY)).toMatchObject({ files: 2, leftOutCount: 0 });
      expect(readFileSync(join(to, "new/g"), "utf8")).toBe("written");
      await environment.killProcesses();
    });
  });
}

/** Of full size only: it takes all processes that a sandbox may have. */
export function forkBombContract({ bed }: ContractContext): void {
  it("ends a fork bomb that outlived its command", { timeout: 120_000 }, async () => {
    const environment = await bed().started();
    await sh(environment, "setsid sh -c 'b() { b | b & b; }; b' >/dev/null 2>&1 & sleep 2", {
      timeoutSec: 20,
      graceSec: 0,
    });
    await environment.killProcesses();
    expect((await sh(environment, "echo on")).stdout).toBe("on\n");
  });
}

function names(report: DownloadReport): readonly string[] {
  return report.leftOut.map(({ path }) => path).toSorted();
}
