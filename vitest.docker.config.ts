import { defineConfig } from "vitest/config";

/** What a dead run left is put in order by whatever command of this user comes first, another test's too: here it has to stay. */
const ALONE = "test/docker/outage.test.ts";

const common = { pool: "forks", testTimeout: 120_000, hookTimeout: 120_000 } as const;

/** Tests that need a Docker engine: `npm run test:docker` sees to one and to base images. */
export default defineConfig({
  test: {
    globalSetup: ["test/build-once.ts"],
    projects: [
      {
        test: {
          ...common,
          name: "docker",
          include: ["test/docker/**/*.test.ts"],
          exclude: [ALONE],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...common, name: "alone", include: [ALONE], maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
