/**
 * The npm registry's metadata: which versions there are, and the hash of one's archive.
 * An exact version is asked for once: a registry never gives it other content, so its hash is kept and a plan needs no network.
 * https://github.com/npm/registry/blob/main/docs/responses/package-metadata.md
 */
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { nearest } from "../../base/nearest.ts";
import { UserError } from "../../contract/failure.ts";
import { readJsonTolerant, writeJsonAtomic } from "../../host/files.ts";
import { httpGet } from "../../host/http-get.ts";
import type { NpmSettings } from "./npm-settings.ts";
import { compareVersions, highestIn, isExact, isRange, nearestVersions } from "./version-range.ts";

export interface RegistryPackage {
  readonly name: string;
  readonly version: string;
  /** `sha512-…`, subresource integrity. */
  readonly integrity: string;
  /** Address of its archive. */
  readonly tarball: string;
}

export interface NpmRegistry {
  /** A version, a tag or a range. `accepts` picks out the versions that count. @throws UserError */
  resolve(name: string, wanted: string, accepts?: (version: string) => boolean): Promise<RegistryPackage>;
  /** The settings it asks with. */
  readonly settings: NpmSettings;
}

interface Packument {
  readonly tags: ReadonlyMap<string, string>;
  readonly versions: ReadonlyMap<string, { readonly integrity: string | null; readonly tarball: string | null }>;
}

const MAX_BYTES = 256 << 20;
const NEAREST = 5;

/** @param keptDir where resolved versions are remembered */
export function npmRegistry(settings: NpmSettings, keptDir: string, say: (line: string) => void): NpmRegistry {
  const asked = new Map<string, Promise<Packument>>();
  const packument = (name: string): Promise<Packument> => {
    const known = asked.get(name) ?? askFor(settings, name);
    asked.set(name, known);
    return known;
  };
  return {
    settings,
    async resolve(name, wanted, accepts = () => true) {
      const registry = settings.registryOf(name);
      const file = join(keptDir, `${digest(`${registry}\0${name}\0${wanted}`)}.json`);
      const kept = asPackage(await readJsonTolerant(file), name);
      if (kept !== null && isExact(wanted)) return kept;
      let found: Packument;
      try {
        found = await packument(name);
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        if (kept === null) throw unreachable(name, wanted, registry, error);
        say(
          `${registry} cannot be asked for ${name}@${wanted} (${error.message}): taking ${kept.version}, as the last time`,
        );
        return kept;
      }
      const result = chosen(settings, found, name, wanted, accepts);
      await mkdir(dirname(file), { recursive: true });
      await writeJsonAtomic(file, result);
      return result;
    },
  };
}

class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

function chosen(
  settings: NpmSettings,
  { tags, versions }: Packument,
  name: string,
  wanted: string,
  accepts: (version: string) => boolean,
): RegistryPackage {
  const candidates = [...versions.keys()].filter(accepts);
  const tagged = tags.get(wanted);
  // A tag points at the package itself; where only some versions count, the newest of those is meant.
  const latest = tagged !== undefined && !accepts(tagged) ? candidates.toSorted(compareVersions).at(-1) : tagged;
  const version = candidates.includes(wanted)
    ? wanted
    : (latest ?? (isRange(wanted) ? highestIn(wanted, candidates) : null));
  if (version === null || version === undefined) {
    const slip = nearest(wanted, candidates);
    const around = nearestVersions(wanted, candidates, NEAREST);
    const near = slip === null || around.includes(slip) ? around : [slip, ...around];
    throw new UserError(`the npm package ${name} has no version "${wanted}"`, [
      near.length === 0 ? "it has no versions at all" : `the nearest: ${near.join(", ")}`,
      ...(tags.size === 0 ? [] : [`tags: ${[...tags].map(([tag, at]) => `${tag} (${at})`).join(", ")}`]),
    ]);
  }
  const { integrity = null, tarball = null } = versions.get(version) ?? {};
  if (integrity === null || !integrity.includes("sha512-") || tarball === null)
    throw new UserError(`the npm registry gives no sha512 integrity for ${name}@${version}: it cannot be checked`);
  return { name, version, integrity, tarball: onOwnRegistry(tarball, settings.registryOf(name)) };
}

/** Mirrors repeat the public registry's addresses; npm asks the mirror for those, too. */
function onOwnRegistry(tarball: string, registry: string): string {
  const url = new URL(tarball, registry);
  return url.hostname === "registry.npmjs.org" && !registry.startsWith("https://registry.npmjs.org/")
    ? new URL(url.pathname.replace(/^\//, ""), registry).href
    : url.href;
}

/** @throws UserError for what the registry does not have or give; NoAnswer */
async function askFor(settings: NpmSettings, name: string): Promise<Packument> {
  const url = `${settings.registryOf(name)}${name.replace("/", "%2f")}`;
  const authorization = settings.authorizationFor(url);
  const headers = {
    accept: "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8",
    ...(authorization === null ? {} : { authorization }),
  };
  let status: number;
  let text: string;
  try {
    const answer = await httpGet(url, { headers, env: settings.env });
    status = answer.status;
    text = await textOf(answer.body);
  } catch (error) {
    throw new NoAnswer(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (status === 404) throw new UserError(`the npm registry ${settings.registryOf(name)} has no package ${name}`);
  if (status === 401 || status === 403)
    throw new UserError(`the npm registry ${settings.registryOf(name)} refuses ${name} (${status})`, [
      "log in with npm login, or put a token for it into ~/.npmrc",
    ]);
  if (status !== 200) throw new NoAnswer(`it answers ${status}`);
  return parsePackument(text);
}

async function textOf(body: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BYTES) throw new Error(`the answer is larger than ${MAX_BYTES >> 20} MB`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsePackument(text: string): Packument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NoAnswer("what it sends is no JSON", { cause: error });
  }
  const tags = isRecord(value) && isRecord(value["dist-tags"]) ? value["dist-tags"] : {};
  const versions = isRecord(value) && isRecord(value["versions"]) ? value["versions"] : {};
  return {
    tags: new Map(Object.entries(tags).filter((entry): entry is [string, string] => typeof entry[1] === "string")),
    versions: new Map(
      Object.entries(versions).map(([version, about]) => {
        const dist = isRecord(about) && isRecord(about["dist"]) ? about["dist"] : {};
        const { integrity, tarball } = dist;
        return [
          version,
          {
            integrity: typeof integrity === "string" ? integrity : null,
            tarball: typeof tarball === "string" ? tarball : null,
          },
        ];
      }),
    ),
  };
}

function unreachable(name: string, wanted: string, registry: string, cause: Error): UserError {
  return new UserError(
    `${name}@${wanted} is not in the store, and the npm registry ${registry} cannot be asked: ${cause.message}`,
    [
      "with network, run the same once: it is kept from then on",
      "another registry: NPM_CONFIG_REGISTRY, or registry= in ~/.npmrc",
    ],
    { cause },
  );
}

function asPackage(read: Awaited<ReturnType<typeof readJsonTolerant>>, name: string): RegistryPackage | null {
  if (read.state !== "ok" || !isRecord(read.value) || read.value["name"] !== name) return null;
  const { version, integrity, tarball } = read.value;
  if (typeof version !== "string" || typeof integrity !== "string" || typeof tarball !== "string") return null;
  return { name, version, integrity, tarball };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
