import { defineConfig } from "vitest/config";

/**
 * The fast suite: everything that needs npm packages and this machine only.
 * Suites that need more (Docker, a browser, hours) live in folders of those names and have their own commands.
 */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts", "src/**/*.test.ts"],
    exclude: [
      "**/node_modules/**",
      "test/docker/**",
      "test/browser/**",
      "test/soak/**",
      "test/simulation/**",
      "test/agents-live/**",
    ],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    // Three: it has to be quick on a 2-core machine, and a good part of it waits for disks and for limits of time.
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
