/** Files in and out of a container by the engine's archive calls: nothing inside is run, so nothing inside has to be trusted. */
import { mkdirSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { dirname, posix } from "node:path";
import { Readable } from "node:stream";
import { isRecord } from "../../base/is-record.ts";
import { leftOutList, tooLarge, tooMuch } from "../archive/left-out.ts";
import { damageOf, plainPath, receiveTree } from "../archive/receive-tree.ts";
import { tarReader } from "../../host/archive/tar-reader.ts";
import { type Owner, packTree, TAR_END, tarHeader, tarPadding } from "../archive/tar-writer.ts";
import {
  type DownloadLimits,
  type DownloadReport,
  EnvironmentFailure,
  FileMissing,
  FileTooLarge,
} from "../environment.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";

export interface ContainerFiles {
  readonly client: EngineClient;
  readonly container: string;
}

const READ_LIMIT = 16 << 20;
const READ_SEC = 120;
const UPLOAD_SEC = 3600;
const MAX_LINKS = 16;

interface PathStat {
  readonly kind: "file" | "directory" | "link" | "other";
  readonly size: number;
  /** Of a link, as the engine resolved it inside the container. */
  readonly target: string;
}

/** Bits of Go's file mode: https://pkg.go.dev/io/fs#FileMode */
const GO_DIRECTORY = 31;
const GO_LINK = 27;
/** Device, pipe, socket, character device, irregular. */
const GO_OTHER = [26, 25, 24, 21, 19];

async function archiveOf(
  { client, container }: ContainerFiles,
  path: string,
  signal: AbortSignal,
): Promise<{ readonly stat: PathStat; readonly body: IncomingMessage }> {
  try {
    const body = await client.stream({
      method: "GET",
      path: `/containers/${container}/archive`,
      query: { path },
      signal,
    });
    return { stat: statOf(body.headers["x-docker-container-path-stat"]), body };
  } catch (error) {
    throw named(error, path, "read");
  }
}

function statOf(header: string | string[] | undefined): PathStat {
  const value: unknown = JSON.parse(Buffer.from(String(header ?? ""), "base64").toString("utf8") || "null");
  if (!isRecord(value))
    throw new EnvironmentFailure("read-failed", "the engine did not say what kind of file it sends");
  const mode = Number(value["mode"]);
  const has = (bit: number): boolean => Math.floor(mode / 2 ** bit) % 2 === 1;
  return {
    kind: has(GO_DIRECTORY) ? "directory" : has(GO_LINK) ? "link" : GO_OTHER.some(has) ? "other" : "file",
    size: Number(value["size"] ?? 0),
    target: typeof value["linkTarget"] === "string" ? value["linkTarget"] : "",
  };
}

function named(error: unknown, path: string, what: string): unknown {
  if (!(error instanceof EngineError)) return error;
  // A path through something that is no directory is as missing as any.
  if (error.status === 404 && /no such container/i.test(error.message))
    return new EnvironmentFailure("not-running", "the container is gone", { cause: error });
  if (error.status === 404 || /not a directory/i.test(error.message))
    return new FileMissing(`${path} does not exist in the sandbox`, { cause: error });
  return new EnvironmentFailure(
    `${what}-failed`,
    `${path} cannot be ${what === "read" ? "read" : "written"} in the sandbox: ${error.message}`,
    {
      cause: error,
    },
  );
}

export async function readFrom(files: ContainerFiles, path: string, maxBytes = READ_LIMIT): Promise<Buffer> {
  const signal = AbortSignal.timeout(READ_SEC * 1000);
  let at = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const { stat: found, body } = await archiveOf(files, at, signal);
    try {
      if (found.kind === "link") {
        at = posix.resolve(dirname(at), found.target);
        continue;
      }
      if (found.kind !== "file")
        throw new EnvironmentFailure("read-failed", `${path} cannot be read in the sandbox: it is no regular file`);
      if (found.size > maxBytes) throw new FileTooLarge(`${path} is larger than ${maxBytes} bytes`);
      const content = await contentOf(body, maxBytes);
      if (content === null) throw new FileTooLarge(`${path} is larger than ${maxBytes} bytes`);
      return content;
    } finally {
      body.destroy();
    }
  }
  throw new EnvironmentFailure("read-failed", `${path} cannot be read in the sandbox: too many links`);
}

/** The content of the first file of an archive; null when it is longer than `maxBytes`. */
async function contentOf(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const read = tarReader({
    entry: () => undefined,
    data: (chunk) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(Buffer.from(chunk));
    },
    entryEnd: () => undefined,
  });
  for await (const chunk of body) {
    read(chunk);
    if (bytes > maxBytes) return null;
  }
  return Buffer.concat(chunks);
}

export async function writeInto(
  files: ContainerFiles,
  path: string,
  data: string | Uint8Array,
  mode: number,
  user: string,
): Promise<void> {
  const content = Buffer.from(data);
  const owner = await ownerOf(files, user);
  const name = Buffer.from(path.replace(/^\/+/, ""));
  const header = tarHeader({ name, kind: "file", mode, size: content.length, mtime: Date.now() / 1000, ...owner });
  await put(files, path, Readable.from([header, content, tarPadding(content.length), TAR_END]));
}

export async function uploadInto(files: ContainerFiles, from: string, to: string, user: string): Promise<void> {
  const source = await stat(from);
  const owner = await ownerOf(files, user);
  const as = posix.normalize(to).replace(/^\/+/, "").replace(/\/+$/, "");
  // An existing directory keeps its mode: it is an entry only where it has to be made.
  const withRoot = source.isDirectory() && as !== "" && !(await exists(files, to));
  await put(files, to, archive(packTree({ from, as, withRoot, ...owner })));
}

async function* archive(tree: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* tree;
  yield TAR_END;
}

async function put(
  { client, container }: ContainerFiles,
  to: string,
  upload: AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    await client.json({
      method: "PUT",
      path: `/containers/${container}/archive`,
      query: { path: "/", noOverwriteDirNonDir: true },
      headers: { "content-type": "application/x-tar" },
      upload,
      signal: AbortSignal.timeout(UPLOAD_SEC * 1000),
    });
  } catch (error) {
    throw named(error, to, "write");
  }
}

async function exists({ client, container }: ContainerFiles, path: string): Promise<boolean> {
  try {
    const answer = await client.stream({ method: "HEAD", path: `/containers/${container}/archive`, query: { path } });
    answer.resume();
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return false;
    throw named(error, path, "read");
  }
}

/** A user's ids by the container's own /etc/passwd; a number that is not in it has group 0, as the engine has it. */
async function ownerOf(files: ContainerFiles, user: string): Promise<Owner> {
  if (user === "" || user === "0" || user === "root") return { uid: 0, gid: 0 };
  const lines = (await readFrom(files, "/etc/passwd").catch(nothingWhenMissing)).toString("utf8").split("\n");
  const numeric = /^\d+$/.test(user);
  const fields = lines.map((line) => line.split(":")).find((parts) => parts[numeric ? 2 : 0] === user);
  const [uid, gid] = [Number(fields?.[2]), Number(fields?.[3])];
  if (Number.isInteger(uid) && Number.isInteger(gid)) return { uid, gid };
  if (numeric) return { uid: Number(user), gid: 0 };
  throw new EnvironmentFailure("no-such-user", `user ${user} does not exist in the sandbox`);
}

function nothingWhenMissing(error: unknown): Buffer {
  if (error instanceof FileMissing) return Buffer.alloc(0);
  throw error;
}

export async function downloadFrom(
  files: ContainerFiles,
  from: string,
  to: string,
  limits: DownloadLimits,
): Promise<DownloadReport> {
  const leftOut = leftOutList();
  const clock = AbortSignal.timeout(limits.timeoutSec * 1000);
  const root = posix.normalize(from).replace(/(.)\/+$/, "$1");
  const { stat: found, body } = await archiveOf(files, root, clock);
  try {
    const nothing = { files: 0, bytes: 0 };
    if (found.kind !== "file" && found.kind !== "directory") leftOut.add(from, "neither a file nor a directory");
    else if (found.kind === "file" && found.size > limits.maxFileBytes)
      leftOut.add(from, tooLarge(limits.maxFileBytes));
    else if (found.kind === "file" && found.size > limits.maxBytes) leftOut.add(from, tooMuch(limits.maxBytes));
    else
      return { ...(await receive(body, from, to, found.kind === "file", limits, leftOut, clock)), ...leftOut.report() };
    return { ...nothing, ...leftOut.report() };
  } finally {
    body.destroy();
  }
}

async function receive(
  body: AsyncIterable<Buffer>,
  from: string,
  to: string,
  single: boolean,
  limits: DownloadLimits,
  leftOut: ReturnType<typeof leftOutList>,
  clock: AbortSignal,
): Promise<{ readonly files: number; readonly bytes: number }> {
  mkdirSync(single ? dirname(to) : to, { recursive: true });
  const receiver = receiveTree({
    from,
    to,
    single,
    limits,
    leftOut,
    pathOf: (name) => (single ? Buffer.alloc(0) : belowFirst(name, from)),
  });
  const read = async (): Promise<string | null> => {
    try {
      for await (const chunk of body) receiver.read(chunk);
      return null;
    } catch (error) {
      if (!clock.aborted) throw error;
      leftOut.add(from, "copying took too long: there may be more");
      return "copying took too long";
    }
  };
  let damage: string | null;
  try {
    damage = await damageOf(read);
  } catch (error) {
    receiver.settle("the connection broke");
    throw error;
  }
  return receiver.settle(damage);
}

/** The engine puts the name of what was asked for first: `logs/a` of `/logs`; the root directory has none. */
function belowFirst(name: Buffer, from: string): Buffer | null {
  const path = plainPath(name);
  if (path === null || posix.normalize(from) === "/") return path;
  const slash = path.indexOf(0x2f);
  return slash < 0 ? Buffer.alloc(0) : path.subarray(slash + 1);
}
