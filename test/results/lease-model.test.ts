/** Leases as a game: of any number of takers at any moments at most one holds a batch, and a dead holder holds up nobody. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Lease, readOwner, takeLease } from "../../src/results/lease.ts";
import { temporaryDir } from "./fixtures.ts";

const ABOUT = { slug: "demo", batch: 1, regatta_version: "0", started_at: "now" };

test("whatever order takers, releases and deaths come in, one at most has the batch", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("take", "take-three", "release", "die"), { maxLength: 12 }),
      async (steps) => {
        const dir = temporaryDir();
        let held: Lease | null = null;
        for (const step of steps) {
          if (step === "take" || step === "take-three") {
            const takers = Array.from({ length: step === "take" ? 1 : 3 }, () =>
              takeLease(dir, ABOUT, () => new Date()),
            );
            const got = (await Promise.allSettled(takers)).flatMap((each) =>
              each.status === "fulfilled" ? [each.value] : [],
            );
            expect(got).toHaveLength(held === null ? 1 : 0);
            held ??= got[0] ?? null;
          } else if (step === "release") {
            await held?.release();
            held = null;
          } else if (held !== null) {
            killHolder(dir);
            held = null;
            expect((await readOwner(dir)).state).toBe("dead");
          }
          if (held !== null) expect((await readOwner(dir)).state).toBe("live");
        }
      },
    ),
    { numRuns: 40 },
  );
});

/** The same pid at another time: what a lease looks like whose holder is gone and whose pid was given away. */
function killHolder(dir: string): void {
  const leases = join(dir, ".regatta", "leases");
  const last = Math.max(...readdirSync(leases).map((name) => Number.parseInt(name, 10)));
  const file = join(leases, `${last}.json`);
  writeFileSync(file, readFileSync(file, "utf8").replace(/"start_time": "\d+"/, '"start_time": "1"'));
}
