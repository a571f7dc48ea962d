import { defineConfig } from "vitest/config";

/**
 * Kills, power cuts and random behaviour, over and over: `npm run test:soak`, an hour or so; `npm run test:survive` is the part of it
 * that continuous integration takes. In full it needs a Docker engine, too.
 */
export default defineConfig({
  test: {
    include: [
      "test/soak/**/*.test.ts",
      ...(process.env["REGATTA_SOAK"] === "full" ? ["test/docker/kills.test.ts"] : []),
    ],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    // One: the suite kills runs at moments that a busy machine would move.
    maxWorkers: 1,
    testTimeout: 6 * 3600_000,
    hookTimeout: 600_000,
  },
});
