import { defineConfig } from "vitest/config";

/** Minutes of computing, nothing else: `npm run test:simulation`; with `-- -u` it writes what it measured. */
export default defineConfig({ test: { include: ["test/simulation/**/*.test.ts"], pool: "forks", maxWorkers: 2 } });
