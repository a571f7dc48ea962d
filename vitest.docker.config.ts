import { defineConfig } from "vitest/config";

/** Tests that need a Docker engine: `npm run test:docker` sees to one and to base images. */
export default defineConfig({
  test: {
    include: ["test/docker/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
