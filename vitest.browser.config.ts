import { defineConfig } from "vitest/config";

/** Tests that open pages in a real browser: `npm run test:browser`. Chromium has to be there (Debian: `apt-get install chromium`). */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    // One: the suite measures how fast a page opens.
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
