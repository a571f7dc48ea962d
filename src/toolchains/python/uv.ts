/** uv, which makes Python environments: its wheel from the package index. It stays on this machine. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFile, mkdir, realpath, rename, rm } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { promisify } from "node:util";
import { UserError } from "../../contract/failure.ts";
import { unpackZip, ZipDamage } from "../../host/archive/zip-reader.ts";
import { httpGet } from "../../host/http-get.ts";
import { PINNED } from "../pinned.ts";
import { type Made, type MakeSettings, planned, type PlannedToolchain } from "../planned.ts";
import { hostLibc } from "../this-host.ts";

const PUBLIC_INDEX = "https://pypi.org/simple";
const MAX_BYTES = 512 << 20;

export const UV_PROGRAM = "uv";

export function planUv(env: NodeJS.ProcessEnv): PlannedToolchain {
  const version = PINNED.uv;
  const host = { os: process.platform, arch: process.arch, libc: hostLibc() };
  return planned({
    name: "uv",
    version,
    inputs: { kind: "uv", version, ...host },
    make: (settings) => makeUv(env, settings),
  });
}

/** The simple index: https://peps.python.org/pep-0503/ */
async function makeUv(env: NodeJS.ProcessEnv, { dir, scratch, log, signal }: MakeSettings): Promise<Made> {
  const here = await sameUvInPath(env);
  if (here !== null) {
    await copyFile(here, join(dir, UV_PROGRAM));
    return { binDirs: [""] };
  }
  const index = (env["UV_DEFAULT_INDEX"] ?? env["UV_INDEX_URL"] ?? env["PIP_INDEX_URL"] ?? PUBLIC_INDEX).replace(
    /\/*$/,
    "",
  );
  const page = `${index}/uv/`;
  const { url, sha256 } = wheelIn((await fetched(page, env, signal)).toString("utf8"), page);
  log(`fetching uv ${PINNED.uv}`);
  const wheel = await fetched(url, env, signal);
  const found = createHash("sha256").update(wheel).digest("hex");
  if (found !== sha256)
    throw new UserError(`uv ${PINNED.uv} is not what the index says it is: it was refused`, [
      `expected sha256 ${sha256}`,
      `found    sha256 ${found}`,
    ]);
  const unpacked = join(scratch, "wheel");
  try {
    await mkdir(unpacked);
    unpackZip(wheel, unpacked);
  } catch (error) {
    if (error instanceof ZipDamage)
      throw new UserError(`the wheel of uv is damaged: ${error.message}`, [], { cause: error });
    throw error;
  }
  await rename(join(unpacked, `uv-${PINNED.uv}.data/scripts/uv`), join(dir, UV_PROGRAM));
  await rm(unpacked, { recursive: true });
  return { binDirs: [""] };
}

/** The very version, or none: another may resolve and lay out differently. */
async function sameUvInPath(env: NodeJS.ProcessEnv): Promise<string | null> {
  for (const dir of (env["PATH"] ?? "").split(delimiter).filter((each) => isAbsolute(each))) {
    const program = join(dir, UV_PROGRAM);
    try {
      const { stdout } = await promisify(execFile)(program, ["--version"]);
      if (stdout.startsWith(`uv ${PINNED.uv}`)) return await realpath(program);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      // Not there, or not to be run: the next directory.
    }
  }
  return null;
}

function wheelIn(html: string, page: string): { readonly url: string; readonly sha256: string } {
  const platform = platformTag();
  for (const [, href = "", name = ""] of html.matchAll(/<a\b[^>]*?\bhref="([^"]+)"[^>]*>([^<]+)<\/a>/g)) {
    if (!name.startsWith(`uv-${PINNED.uv}-py3-`) || !name.endsWith(".whl") || !platform.test(name)) continue;
    const url = new URL(href.replaceAll("&amp;", "&"), page);
    const sha256 = /^#sha256=([0-9a-f]{64})$/.exec(url.hash)?.[1];
    if (sha256 === undefined)
      throw new UserError(`the index ${new URL(page).host} gives no sha256 for ${name}: it cannot be checked`);
    url.hash = "";
    return { url: url.href, sha256 };
  }
  throw new UserError(`the index ${new URL(page).host} has no uv ${PINNED.uv} for this machine`);
}

function platformTag(): RegExp {
  const machine = process.arch === "arm64" ? "(?:aarch64|arm64)" : "x86_64";
  const system = process.platform === "darwin" ? "macosx" : hostLibc() === "musl" ? "musllinux" : "manylinux";
  return new RegExp(`-${system}[^-]*_${machine}\\.whl$`);
}

async function fetched(url: string, env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Buffer> {
  const { host } = new URL(url);
  try {
    const { status, body } = await httpGet(url, { env, signal, headers: { accept: "text/html, */*;q=0.1" } });
    if (status !== 200) {
      body.destroy();
      throw new Error(`it answers ${status}`);
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > MAX_BYTES) throw new Error("it sends too much");
    }
    return Buffer.concat(chunks);
  } catch (error) {
    signal.throwIfAborted();
    throw new UserError(
      `uv ${PINNED.uv} cannot be fetched from ${host}: ${error instanceof Error ? error.message : String(error)}`,
      ["another index: UV_DEFAULT_INDEX"],
      { cause: error },
    );
  }
}
