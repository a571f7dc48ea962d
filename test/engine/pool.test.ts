import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, createPool } from "../../src/engine/pool.ts";

const claim = fc.record({
  profile: fc.constantFrom("a", "b", "c", "d"),
  memoryMb: fc.constantFrom(0, 1, 5, 20),
});

test("no interleaving of takes and gives exceeds a limit, and everything fits again when all is given back", () => {
  fc.assert(
    fc.property(
      fc.record({
        slots: fc.integer({ min: 1, max: 5 }),
        profilesParallel: fc.integer({ min: 0, max: 3 }),
        memoryMb: fc.constantFrom(0, 10),
      }),
      fc.array(
        fc.oneof(
          claim.map((each) => ({ take: each })),
          fc.nat().map((give) => ({ give })),
        ),
        { maxLength: 60 },
      ),
      (limits, steps) => {
        const pool = createPool(limits);
        const running: Claim[] = [];
        for (const step of steps) {
          if ("take" in step) {
            if (pool.take(step.take)) running.push(step.take);
          } else if (running.length > 0) {
            const [gone] = running.splice(step.give % running.length, 1);
            if (gone !== undefined) pool.give(gone);
          }
          expect(pool.running()).toBe(running.length);
          expect(running.length).toBeLessThanOrEqual(limits.slots);
          const profiles = new Set(running.map((each) => each.profile)).size;
          if (limits.profilesParallel > 0) expect(profiles).toBeLessThanOrEqual(limits.profilesParallel);
          const memory = running.reduce((sum, each) => sum + each.memoryMb, 0);
          if (limits.memoryMb > 0 && running.length > 1) expect(memory).toBeLessThanOrEqual(limits.memoryMb);
        }
        for (const each of running) pool.give(each);
        expect(pool.take({ profile: "z", memoryMb: 1000 })).toBe(true);
      },
    ),
  );
});

test("a trial larger than the pool's memory runs alone instead of never", () => {
  const pool = createPool({ slots: 4, profilesParallel: 0, memoryMb: 10 });
  expect(pool.take({ profile: "a", memoryMb: 64 })).toBe(true);
  expect(pool.take({ profile: "a", memoryMb: 1 })).toBe(false);
});
