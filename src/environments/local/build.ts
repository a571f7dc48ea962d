/**
 * A recipe's file-changing steps as layers: one ends at every RUN, so a later change costs only what comes after it.
 *
 * A layer's identity is the layer below, its steps, the content they copy, and this host's packages. Steps of a layer run in a
 * sandbox of their own; its upper directories are the layer.
 */
import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, renameSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { isErrno } from "../../host/files.ts";
import { applySteps, type StepSettings } from "./apply-steps.ts";
import { contextDigest } from "./context-files.ts";
import { layerOnce } from "./layer-store.ts";
import { upperKeys } from "./mount-table.ts";
import { type Layer, layersDir, type NamespaceHost, openSandbox } from "./namespace-host.ts";
import type { Step } from "./recipe.ts";

export interface BuildRequest extends StepSettings {
  readonly steps: readonly Step[];
  readonly labels: Readonly<Record<string, string>>;
  readonly hidePaths: readonly string[];
  readonly forceRebuild: boolean;
}

/** Raise it when steps are applied differently. */
const FORMAT = 2;

export async function ensureLayers(host: NamespaceHost, request: BuildRequest): Promise<readonly Layer[]> {
  const layers: Layer[] = [];
  let below = `${FORMAT} ${basename(host.baseDir)} ${packageState()}`;
  for (const steps of groups(request.steps)) {
    const under = [...layers];
    const copied = contextDigest(
      request.contextDir,
      steps.flatMap((step) => (step.kind === "copy" ? step.sources : [])),
    );
    const layer = await layerOnce({
      dir: layersDir(host),
      id: createHash("sha256")
        .update(JSON.stringify([below, steps, copied]))
        .digest("hex")
        .slice(0, 24),
      anew: request.forceRebuild,
      signal: request.signal,
      build: (into, signal) => buildLayer(host, { ...request, steps, signal }, under, into),
    });
    layers.push(layer);
    below = layer.id;
  }
  return layers;
}

function groups(steps: readonly Step[]): readonly (readonly Step[])[] {
  const found: Step[][] = [];
  let open: Step[] = [];
  for (const step of steps) {
    open.push(step);
    if (step.kind !== "run") continue;
    found.push(open);
    open = [];
  }
  return open.length === 0 ? found : [...found, open];
}

/** Packages of the host: a layer over one state of them means nothing over another. */
function packageState(): string {
  const paths = ["/var/lib/dpkg/status", "/var/lib/rpm", "/lib/apk/db/installed", "/usr", "/usr/bin", "/usr/lib"];
  return paths
    .map((path) => {
      try {
        const { mtimeMs, size } = statSync(path);
        return `${path}:${mtimeMs}:${size}`;
      } catch (error) {
        if (isErrno(error, "ENOENT", "EACCES", "ENOTDIR")) return path;
        throw error;
      }
    })
    .join(" ");
}

async function buildLayer(
  host: NamespaceHost,
  request: BuildRequest,
  layers: readonly Layer[],
  into: string,
): Promise<readonly string[]> {
  const sandbox = await openSandbox(host, {
    name: `build-${randomUUID().slice(0, 12)}`,
    labels: request.labels,
    layers,
    network: "public",
    hidePaths: request.hidePaths,
    mounts: [],
    cpus: null,
    memoryMb: null,
    signal: request.signal,
  });
  try {
    await applySteps(sandbox.inside, request.steps, request);
    await sandbox.end();
    const changed = upperKeys(host.facts).filter((key) => readdirSync(join(sandbox.stateDir, "u", key)).length > 0);
    for (const key of changed) renameSync(join(sandbox.stateDir, "u", key), join(into, key));
    // The overlays did not sync, and this is kept.
    await promisify(execFile)("/usr/bin/env", ["sync", "-f", into]);
    return changed;
  } finally {
    await sandbox.remove();
  }
}
