/**
 * A package's archive: fetched, compared with its hash, and only then unpacked. Nothing of it is run.
 * What npm itself never packs (links, devices, names that climb) is refused: then it is not what it says it is.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createGunzip } from "node:zlib";
import { UserError } from "../../contract/failure.ts";
import { TarDamage, type TarHeader, tarReader } from "../../host/archive/tar-reader.ts";
import { unpackedTree, writeAll } from "../../host/archive/unpacked-tree.ts";
import { httpGet } from "../../host/http-get.ts";
import type { NpmSettings } from "./npm-settings.ts";
import type { RegistryPackage } from "./registry.ts";

export interface ArchiveRequest {
  readonly pack: RegistryPackage;
  /** A directory that exists. */
  readonly to: string;
  /** For the archive while it is checked. */
  readonly scratch: string;
  readonly settings: NpmSettings;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const TRIES = 3;
const PAUSE_MS = 500;
const MAX_BYTES = 4 * 2 ** 30;
const MAX_FILES = 500_000;

/** @throws UserError when it cannot be had, or is not what the registry said. */
export async function unpackPackage({ pack, to, scratch, settings, log, signal }: ArchiveRequest): Promise<void> {
  const file = join(scratch, "package.tgz");
  log(`fetching ${pack.name}@${pack.version}`);
  const integrity = await download(pack, file, settings, signal);
  if (!pack.integrity.split(/\s+/).includes(integrity))
    throw new UserError(`${pack.name}@${pack.version} is not what the registry says it is: it was refused`, [
      `expected ${pack.integrity}`,
      `found    ${integrity}`,
    ]);
  await unpack(file, to, pack, signal);
  await rm(file);
}

/** @returns the hash of what came. */
async function download(
  { name, version, tarball }: RegistryPackage,
  file: string,
  settings: NpmSettings,
  signal: AbortSignal,
): Promise<string> {
  const authorization = settings.authorizationFor(tarball);
  const headers = authorization === null ? {} : { authorization };
  for (let tried = 1; ; tried += 1) {
    let failed: string;
    let cause: unknown = null;
    try {
      const { status, body } = await httpGet(tarball, { headers, signal, env: settings.env });
      if (status === 200) {
        const hash = createHash("sha512");
        body.on("data", (chunk: Buffer) => void hash.update(chunk));
        await pipeline(body, createWriteStream(file), { signal });
        return `sha512-${hash.digest("base64")}`;
      }
      body.destroy();
      failed = `the server answers ${status}`;
      if (status < 500 && status !== 429) tried = TRIES;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Error && "syscall" in error && "path" in error) throw error;
      failed = error instanceof Error ? error.message : String(error);
      cause = error;
    }
    if (tried >= TRIES)
      throw new UserError(`${name}@${version} cannot be fetched from ${new URL(tarball).origin}: ${failed}`, [], {
        cause,
      });
    await delay(PAUSE_MS * 2 ** tried, undefined, { signal });
  }
}

async function unpack(
  file: string,
  to: string,
  { name, version }: RegistryPackage,
  signal: AbortSignal,
): Promise<void> {
  const tree = unpackedTree(to);
  let current: { readonly fd: number; readonly mode: number } | null = null;
  let bytes = 0;
  let files = 0;
  // A pipeline that fails in its last part may say that it was aborted instead.
  let first: unknown = null;

  function refuse(shown: Buffer, why: string): never {
    throw new UserError(`the archive of ${name}@${version} was refused: "${shown.toString()}" ${why}`);
  }

  function take({ kind, name: entry, size, mode }: TarHeader): void {
    if (kind !== "file" && kind !== "directory") refuse(entry, "is neither a file nor a directory");
    const path = belowFirst(entry);
    if (path === null) refuse(entry, "leads out of the package");
    bytes += size;
    files += 1;
    if (bytes > MAX_BYTES || files > MAX_FILES) refuse(entry, "makes it too large");
    if (kind === "directory") {
      const refused = tree.directory(path);
      if (refused !== null) refuse(entry, `cannot be written: ${refused}`);
      return;
    }
    if (path.length === 0) refuse(entry, "is no path in a package");
    const opened = tree.openFile(path);
    if ("refused" in opened) refuse(entry, `cannot be written: ${opened.refused}`);
    current = { fd: opened.fd, mode };
  }

  const read = tarReader({
    entry: take,
    data: (chunk) => {
      if (current !== null) writeAll(current.fd, chunk);
    },
    entryEnd: () => {
      if (current === null) return;
      const { fd, mode } = current;
      current = null;
      tree.closeFile(fd, mode);
    },
  });
  try {
    await pipeline(
      createReadStream(file),
      createGunzip(),
      async (plain: AsyncIterable<Buffer>) => {
        for await (const chunk of plain) {
          try {
            read(chunk);
          } catch (error) {
            first = error;
            throw error;
          }
        }
      },
      { signal },
    );
  } catch (thrown) {
    const error = first ?? thrown;
    if (
      error instanceof TarDamage ||
      (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
    )
      throw new UserError(`the archive of ${name}@${version} is damaged: ${error.message}`, [], { cause: error });
    throw error;
  } finally {
    const open = current as { readonly fd: number } | null;
    if (open !== null) tree.closeFile(open.fd, 0o600);
  }
  if (files === 0) throw new UserError(`the archive of ${name}@${version} is empty`);
}

/** Without the folder that everything in an archive is in; null for what is absolute or climbs. */
function belowFirst(name: Buffer): Buffer | null {
  const parts = name
    .toString("latin1")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (name[0] === 0x2f || parts.includes("..") || name.includes(0)) return null;
  return Buffer.from(parts.slice(1).join("/"), "latin1");
}
