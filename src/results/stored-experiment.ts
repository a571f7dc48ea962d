/** The experiment file of a launch, as it was then. */
import { join } from "node:path";
import { launchesDir } from "./layout.ts";

export function storedExperiment(batch: string, launch: number): string {
  return join(launchesDir(batch), String(launch), "experiment.toml");
}
