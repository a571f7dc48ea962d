import { describe, expect, test } from "vitest";
import { createTurns } from "../../src/engine/turns.ts";
import { deadlinesOf } from "../../src/app/arm-deadline.ts";
import { openGate } from "../support/gate.ts";
import { experiment, makeProject, ORACLE, task } from "../support/project.ts";

interface PhaseEvent {
  readonly type: string;
  readonly phase?: string;
}

test("--quiet-verify: never the tests of two trials at once, and it is in the lock", async () => {
  const measured = { test: "sleep 0.1; echo 1 > /logs/verifier/reward.txt" };
  const project = await makeProject({
    ...task("a", measured),
    ...task("b", measured),
    ...experiment(["a", "b"], ORACLE, "attempts = 2\nparallel = 4"),
  });
  const { code, stderr } = await project.regatta(["run", "experiments/x.toml", "--quiet-verify"]);
  expect(code, stderr).toBe(0);
  const events = (await project.read("results/x/0/events.jsonl"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as PhaseEvent)
    .filter(({ phase }) => phase === "verification")
    .map(({ type }) => type);
  expect(events).toEqual(Array.from({ length: 4 }, () => ["phase-started", "phase-ended"]).flat());
  const lock = await project.json("results/x/0/.regatta/launches/0/plan.lock.json");
  expect(lock).toMatchObject({ overrides: { quiet_verify: true }, run: { launch: { quiet_verify: true } } });
});

test("near the end of run_timeout_sec tests that wait for their turn run beside others: none is lost", async () => {
  const gate = await openGate();
  const names = ["a", "b", "c", "d"];
  const project = await makeProject({
    ...Object.assign(
      {},
      ...names.map((name) => task(name, { test: `${gate.knock}; echo 1 > /logs/verifier/reward.txt` })),
    ),
    ...experiment(names, ORACLE, "parallel = 4\nquiet_verify = true\nrun_timeout_sec = 8"),
  });
  const run = project.start(["run", "experiments/x.toml"]);
  await Promise.race([gate.knocks(4), run.ended]);
  gate.open();
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("4 of 4 trials scored");
  expect(stderr).toContain("the tests of 3 waiting trials run beside others now");
  expect(stdout + stderr).not.toContain("to go on");
});

test("tests of one trial at a time get more of the time left for them; of a whole run without a limit nothing ends", () => {
  const of = (runTimeoutSec: number, quietVerify: boolean, slots: number) =>
    deadlinesOf({ runTimeoutSec, quietVerify }, slots);
  expect(of(0, true, 4)).toBeNull();
  expect(of(1000, false, 4)).toEqual({ agents: 900, hurry: 900, all: 1000 });
  expect(of(1000, true, 4)).toEqual({ agents: 600, hurry: 900, all: 1000 });
  expect(of(1000, true, 50)).toEqual({ agents: 500, hurry: 900, all: 1000 });
  expect(of(1000, true, 1)).toEqual({ agents: 900, hurry: 900, all: 1000 });
  expect(of(10, false, 1)).toEqual({ agents: 6, hurry: 6, all: 10 });
});

describe("turns", () => {
  const never = new AbortController().signal;

  test("one at a time, in the order in which they asked; ending twice is ending once", async () => {
    const turns = createTurns();
    const order: string[] = [];
    const endFirst = await turns.take(never);
    const later = ["b", "c"].map(async (name) => {
      const end = await turns.take(never);
      order.push(name);
      return end;
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    endFirst();
    endFirst();
    const endSecond = (await later[0]) as () => void;
    await Promise.resolve();
    expect(order).toEqual(["b"]);
    endSecond();
    await later[1];
    expect(order).toEqual(["b", "c"]);
  });

  test("as many at a time as there are, and no more", async () => {
    const turns = createTurns(2);
    const ends = [await turns.take(never), await turns.take(never)];
    let third = false;
    const waiting = turns.take(never).then((end) => {
      third = true;
      return end;
    });
    await Promise.resolve();
    expect(third).toBe(false);
    ends[0]?.();
    (await waiting)();
    ends[1]?.();
    (await turns.take(never))();
  });

  test("who gives up waiting leaves the queue to the others", async () => {
    const turns = createTurns();
    const end = await turns.take(never);
    const gone = new AbortController();
    const given = turns.take(gone.signal);
    const next = turns.take(never);
    gone.abort(new Error("stopped"));
    await expect(given).rejects.toThrow("stopped");
    end();
    (await next)();
    (await turns.take(never))();
    await expect(turns.take(AbortSignal.abort(new Error("late")))).rejects.toThrow("late");
  });

  test("opened to all, nobody waits any more, not even who comes later", async () => {
    const turns = createTurns();
    const ends = [await turns.take(never)];
    const waiting = [turns.take(never), turns.take(never)];
    expect(turns.openToAll()).toBe(2);
    ends.push(...(await Promise.all(waiting)), await turns.take(never));
    for (const end of ends) end();
    expect(turns.openToAll()).toBe(0);
  });
});
