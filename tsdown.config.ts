import { defineConfig } from "tsdown";

/**
 * Own source goes into a few chunks; dependencies stay external, but for zod: its package loads some hundred files (its messages in
 * every language), each of which costs every command time and an open file. It stays a dependency, with its licence and its advisories.
 */
export default defineConfig({
  entry: { cli: "src/cli/main.ts", "compute-trials-thread": "src/analytics/reading/compute-trials-thread.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  clean: true,
  dts: false,
  deps: { alwaysBundle: ["zod"], onlyBundle: false },
});
