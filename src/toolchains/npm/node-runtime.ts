/** A Node as its own distribution lays it out: programs in bin/, npm below lib/node_modules/. */
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Made, MakeSettings } from "../planned.ts";
import { unpackPackage } from "./package-archive.ts";
import type { NpmRegistry, RegistryPackage } from "./registry.ts";

export const NODE_BIN = "bin";
export const NPM_CLI = "lib/node_modules/npm/bin/npm-cli.js";
const NPX_CLI = "lib/node_modules/npm/bin/npx-cli.js";

export async function makeNode(
  node: RegistryPackage,
  npm: RegistryPackage,
  { settings }: NpmRegistry,
  { dir, scratch, log, signal }: MakeSettings,
): Promise<Made> {
  await unpackPackage({ pack: node, to: dir, scratch, settings, log, signal });
  // For compiling against it, which nobody does in a sandbox; some three thousand files to upload where there are no mounts.
  for (const name of ["include", "share"]) await rm(join(dir, name), { recursive: true, force: true });
  const npmDir = join(dir, "lib/node_modules/npm");
  await mkdir(npmDir, { recursive: true });
  await unpackPackage({ pack: npm, to: npmDir, scratch, settings, log, signal });
  await symlink(`../${NPM_CLI}`, join(dir, NODE_BIN, "npm"));
  await symlink(`../${NPX_CLI}`, join(dir, NODE_BIN, "npx"));
  return { binDirs: [NODE_BIN] };
}
