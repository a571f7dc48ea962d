/** Contract: whatever is stopped is dead, and all of it. */
import { describe, expect, it } from "vitest";
import { EnvironmentFailure } from "../environment.ts";
import { alive, run, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

/** Every way a process gets away from its parent. They wait for input that never comes, so nothing but a kill ends them. */
const DAEMONS = `
setsid sleep 90001 &
(setsid sh -c 'sleep 90001 & sleep 90001' &) &
nohup sleep 90001 >/dev/null 2>&1 &
env -i setsid sleep 90001 </dev/null >/dev/null 2>&1 &
(trap '' TERM HUP INT; sleep 90001) &
`;

/** A server in the one language besides the shell that every Debian has. */
const LISTENER = `perl -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, INADDR_LOOPBACK)); listen(S, 1); open(F, ">/up"); close(F); accept(C, S)' 90004`;

export function stoppingContract({ bed, needs, abilities }: ContractContext): void {
  const whole = needs(abilities.killsWholeTree);
  describe("stopping", () => {
    whole(
      "kills the whole tree at a timeout: sessions, orphans, nohup, cleared environments, ignored signals",
      async () => {
        const environment = await bed().started();
        const result = await sh(environment, `${DAEMONS} echo up; sleep 90001`, { timeoutSec: 0.5, graceSec: 0.1 });
        expect(result).toMatchObject({ ended: "timed-out", exitCode: null, stdout: "up\n" });
        expect(await alive(environment, "90001")).toBe(0);
      },
    );

    whole("kills the whole tree at an abort", async () => {
      const environment = await bed().started();
      const controller = new AbortController();
      const ended = environment.exec({
        argv: ["sh", "-c", `${DAEMONS} sleep 0.1; echo up; sleep 90001`],
        signal: controller.signal,
        graceSec: 0.1,
        onOutput: () => controller.abort(),
      });
      expect(await ended).toMatchObject({ ended: "aborted", exitCode: null });
      expect(await alive(environment, "90001")).toBe(0);
    });

    whole("kills a fork bomb", async () => {
      const environment = await bed().started();
      const result = await sh(
        environment,
        `n=0; bomb() { while [ $n -lt 16 ]; do (n=$((n+4)); bomb) & n=$((n+1)); done; sleep 90003; }; bomb`,
        { timeoutSec: 0.4, graceSec: 0 },
      );
      expect(result.ended).toBe("timed-out");
      expect(await alive(environment, "90003")).toBe(0);
    });

    whole("leaves other execs alone", async () => {
      const environment = await bed().started();
      await sh(environment, "setsid sleep 90002 >/dev/null 2>&1 &");
      await sh(environment, "setsid sleep 90001 & sleep 90001", { timeoutSec: 0.2, graceSec: 0 });
      expect(await alive(environment, "90001")).toBe(0);
      expect(await alive(environment, "90002")).toBe(1);
    });

    it("lets a command clean up within its grace", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "trap 'echo cleaned; exit 3' TERM; echo up; while :; do sleep 0.02; done", {
        timeoutSec: 0.3,
        graceSec: 5,
      });
      expect(result).toMatchObject({ ended: "timed-out", exitCode: null, stdout: "up\ncleaned\n" });
      expect(result.seconds).toBeLessThan(4);
    });

    it("asks by the signal that it was told to", async () => {
      const environment = await bed().started();
      const script = "trap 'echo int; exit' INT; trap 'echo term; exit' TERM; echo up; while :; do sleep 0.02; done";
      const result = await sh(environment, script, { timeoutSec: 0.3, graceSec: 5, firstSignal: "SIGINT" });
      expect(result).toMatchObject({ ended: "timed-out", stdout: "up\nint\n" });
    });

    it("waits for the command, not for what it leaves behind", async () => {
      const environment = await bed().started();
      const script = "(trap '' TERM; exec sleep 90005) & trap 'exit 3' TERM; echo up; while :; do sleep 0.02; done";
      const result = await sh(environment, script, { timeoutSec: 0.3, graceSec: 20 });
      expect(result).toMatchObject({ ended: "timed-out", stdout: "up\n" });
      expect(result.seconds).toBeLessThan(10);
      expect(await alive(environment, "90005")).toBe(0);
    });

    it("does not wait for one that ignores SIGTERM longer than its grace", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "trap '' TERM; while :; do sleep 0.02; done", {
        timeoutSec: 0.1,
        graceSec: 0.2,
      });
      expect(result.ended).toBe("timed-out");
      expect(result.seconds).toBeLessThan(4);
    });

    it("ends one that was stopped", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "kill -STOP $$", { timeoutSec: 0.1, graceSec: 0 });
      expect(result.ended).toBe("timed-out");
      expect(result.seconds).toBeLessThan(4);
    });

    it("starts nothing for a signal that has been aborted", async () => {
      const environment = await bed().started();
      expect(await sh(environment, "echo x >/ran", { signal: AbortSignal.abort() })).toMatchObject({
        ended: "aborted",
        exitCode: null,
      });
      expect((await sh(environment, "ls /ran")).exitCode).not.toBe(0);
    });

    it("notices an abort at any moment of its start", async () => {
      const environment = await bed().started();
      for (let ticks = 0; ticks < 8; ticks++) {
        const controller = new AbortController();
        const ended = run(environment, { argv: ["sleep", "90001"], signal: controller.signal, graceSec: 0 });
        for (let tick = 0; tick < ticks; tick++) await Promise.resolve();
        controller.abort();
        expect((await ended).ended).toBe("aborted");
      }
      expect(await alive(environment, "90001")).toBe(0);
    });

    it("kills every process by killProcesses, and goes on", async () => {
      const environment = await bed().started();
      const running = run(environment, { argv: ["sleep", "90001"] });
      await sh(environment, DAEMONS);
      await environment.killProcesses();
      expect((await running).exitCode).toBe(137);
      expect(await alive(environment, "90001")).toBe(0);
      expect((await sh(environment, "echo on")).stdout).toBe("on\n");
      await environment.killProcesses();
    });

    it("kills a command that has stopped itself", async () => {
      const environment = await bed().started();
      const running = run(environment, { argv: ["sh", "-c", "kill -STOP $$"] });
      await sh(environment, "while ! grep -q '^State:.T' /proc/[0-9]*/status; do sleep 0.02; done", { timeoutSec: 10 });
      const began = performance.now();
      await environment.killProcesses();
      expect((await running).exitCode).toBe(137);
      expect(performance.now() - began).toBeLessThan(10_000);
    });

    it("sees the end of a command that was stopped and let go on from inside", async () => {
      const environment = await bed().started();
      const running = run(environment, { argv: ["sh", "-c", "kill -STOP $$; exit 3"] });
      const stopped = "grep -l '^State:.T' /proc/[0-9]*/status 2>/dev/null | head -1 | tr -dc 0-9";
      await sh(environment, `while pid=$(${stopped}); [ -z "$pid" ]; do sleep 0.02; done; kill -CONT $pid`, {
        timeoutSec: 10,
      });
      expect((await running).exitCode).toBe(3);
    });

    it("spares what listens when it is told to, and nothing else", async () => {
      const environment = await bed().started();
      const { stdout } = await sh(environment, "command -v perl || true");
      expect(stdout, "the contract needs perl in the sandbox").not.toBe("");
      await sh(environment, DAEMONS);
      await sh(environment, `${LISTENER} >/dev/null 2>&1 & while [ ! -e /up ]; do sleep 0.02; done`, {
        timeoutSec: 10,
      });
      expect(await environment.killProcesses({ spareServices: true })).toEqual([expect.stringMatching(/perl/)]);
      expect(await alive(environment, "90001")).toBe(0);
      expect(await alive(environment, "90004")).toBe(1);
      expect(await environment.killProcesses()).toEqual([]);
      expect(await alive(environment, "90004")).toBe(0);
    });

    it("leaves no zombies of processes that lost their parent", async () => {
      const environment = await bed().started();
      await sh(environment, "for i in 1 2 3 4 5; do (true & exec true) & done; wait; sleep 0.1");
      expect((await sh(environment, "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l")).stdout.trim()).toBe(
        "0",
      );
    });

    it("ends a running exec as aborted when it is stopped", async () => {
      const environment = await bed().started();
      let up = (): void => {};
      const ready = new Promise<void>((resolve) => (up = resolve));
      const ended = environment.exec({
        argv: ["sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"],
        onOutput: () => up(),
      });
      await ready;
      await environment.stop();
      expect(await ended).toMatchObject({ ended: "aborted", exitCode: null });
      await environment.stop();
      await expect(environment.exec({ argv: ["true"] })).rejects.toBeInstanceOf(EnvironmentFailure);
    });
  });
}
