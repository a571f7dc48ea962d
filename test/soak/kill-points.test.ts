/** A run cut off after every change it makes to the disk, with everything that may be lost of what was not synced. */
import { expect, test } from "vitest";
import { SIZES } from "./sizes.ts";
import { killPoints } from "./support/kill-points.ts";

test("wherever a run is cut off, what was finished stays, and the rest is run once", async () => {
  const seed = Number(process.env["REGATTA_SEED"] ?? 1);
  const began = performance.now();
  const { points, disks, broken } = await killPoints({ every: SIZES.pointEvery, random: SIZES.randomLosses, seed });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`kill points: ${points}; different disks continued: ${disks}; broken: ${broken.length}; ${seconds} s`);
  expect(broken.slice(0, 20)).toEqual([]);
});
