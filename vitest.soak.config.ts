import { defineConfig } from "vitest/config";

/**
 * Kills, power cuts and random behaviour, over and over: `npm run test:soak`. REGATTA_SOAK=ci makes every count as small as
 * continuous integration takes them.
 */
export default defineConfig({
  test: {
    include: ["test/soak/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    // One: the suite kills runs at moments that a busy machine would move.
    maxWorkers: 1,
    testTimeout: 6 * 3600_000,
    hookTimeout: 600_000,
  },
});
