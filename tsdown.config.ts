import { defineConfig } from "tsdown";

/** Own source goes into a few chunks; dependencies stay external. */
export default defineConfig({
  entry: { cli: "src/cli/main.ts", "compute-trials-thread": "src/analytics/reading/compute-trials-thread.ts" },
  format: "esm",
  platform: "node",
  target: "node20.19",
  outDir: "dist",
  clean: true,
  dts: false,
});
