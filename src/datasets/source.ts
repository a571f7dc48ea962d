/** Datasets over the network, with everything that was fetched once kept in the user's cache. */
import { join } from "node:path";
import type { DatasetSource } from "../contract/dataset-source.ts";
import { cacheHome } from "../host/cache-home.ts";
import { gitTasks } from "./git-tasks.ts";
import { PUBLIC_REGISTRY, registryCache } from "./registry-cache.ts";
import { shownUrl } from "../host/shown-url.ts";

/** @param say takes a line for whoever waits: what is fetched, from where, or why a copy is used */
export function createDatasetSource(say: (line: string) => void): DatasetSource {
  const cacheDir = join(cacheHome(), "datasets");
  const registries = registryCache(cacheDir, say);
  const tasks = gitTasks(cacheDir, say);
  return {
    async registry(url) {
      const address = url ?? PUBLIC_REGISTRY;
      return { text: await registries.text(address), from: shownUrl(address) };
    },
    tasks: (wanted) => tasks.fetch(wanted),
  };
}
