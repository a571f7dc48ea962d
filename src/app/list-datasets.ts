/** `regatta datasets`: what a registry has. */
import { resolve } from "node:path";
import { UserError } from "../contract/failure.ts";
import { createDatasetSource } from "../datasets/source.ts";
import { openRegistry, registryDataset, unknownDataset } from "../tasks/dataset.ts";
import type { RegistryDataset } from "../tasks/registry-file.ts";

export interface DatasetList {
  /** A path or an address. */
  readonly registry: string;
  readonly datasets: readonly RegistryDataset[];
}

/** @param location path (from `cwd`) or address; null = the public registry */
export async function listDatasets(
  location: string | null,
  cwd: string,
  say: (line: string) => void,
): Promise<DatasetList> {
  const place = location === null || /^[a-z][a-z0-9+.-]*:\/\//i.test(location) ? location : resolve(cwd, location);
  const { datasets, from } = await openRegistry(place, createDatasetSource(say));
  return { registry: from, datasets };
}

/** @throws UserError naming what is near */
export function datasetNamed({ datasets, registry }: DatasetList, name: string): RegistryDataset {
  const found = registryDataset(datasets, name);
  if (found === null) throw new UserError(unknownDataset(name, datasets, registry));
  return found;
}
