/** What a profile brings from the host, pinned by content: the digest of a file, or of a tree's names, modes and contents. */
import { createHash, type Hash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Profile } from "../contract/experiment.ts";

export async function profileInputs(profile: Profile): Promise<Readonly<Record<string, string>>> {
  const named: [string, string | null][] = [
    ["setup", profile.setup],
    ["prompt", profile.prompt],
    ["hooks", profile.hooks],
    ...profile.skills.map((dir): [string, string] => [`skills:${basename(dir)}`, dir]),
    ...Object.entries(profile.files).map(([to, from]): [string, string] => [`files:${to}`, from]),
  ];
  const inputs: Record<string, string> = {};
  for (const [name, path] of named) if (path !== null) inputs[name] = await contentDigest(path);
  return inputs;
}

async function contentDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  await addTo(hash, path, "");
  return `sha256:${hash.digest("hex")}`;
}

async function addTo(hash: Hash, path: string, name: string): Promise<void> {
  const stat = await lstat(path);
  if (stat.isSymbolicLink()) {
    hash.update(`link\0${name}\0${await readlink(path)}\0`);
  } else if (stat.isDirectory()) {
    hash.update(`dir\0${name}\0`);
    for (const child of (await readdir(path)).sort()) await addTo(hash, join(path, child), `${name}/${child}`);
  } else {
    const content = await readFile(path);
    hash.update(`file\0${name}\0${(stat.mode & 0o111) === 0 ? "-" : "x"}\0${content.length}\0`).update(content);
  }
}
