import { defineConfig } from "vitest/config";

/** The real agent programs against scripted providers: `npm run test:agents` fetches them from npm, once. */
export default defineConfig({
  test: {
    include: ["test/agents-live/**/*.test.ts"],
    globalSetup: ["test/build-once.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
