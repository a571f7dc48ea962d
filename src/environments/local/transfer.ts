/**
 * Files in and out of a sandbox. What comes out is hostile: it is listed first, chosen within limits, and unpacked here entry by
 * entry; links are made last, so nothing is ever written through one.
 */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { chmod, lstat, mkdir, open, rm, symlink } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isErrno } from "../../host/files.ts";
import {
  type DownloadLimits,
  type DownloadReport,
  EnvironmentFailure,
  FileMissing,
  FileTooLarge,
} from "../environment.ts";
import { type Inside, toolExec } from "./inside-tools.ts";
import { LIST, PACK, READ_FILE, UNPACK, WRITE_FILE } from "./scripts.ts";

const READ_LIMIT = 16 << 20;
const REPORTED = 100;
/** Bytes of one listing record's path, and of a whole listing. */
const LISTING_LIMIT = 64 << 20;

export async function readInside(inside: Inside, path: string, maxBytes = READ_LIMIT): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { result, stderr } = await toolExec(inside, READ_FILE, [path, String(maxBytes + 1)], {
    timeoutSec: 120,
    onOutput: (_stream, chunk) => void chunks.push(Buffer.from(chunk)),
  });
  if (result.exitCode === 4) throw new FileMissing(`${path} does not exist in the sandbox`);
  if (result.exitCode !== 0)
    throw new EnvironmentFailure(
      "read-failed",
      `${path} cannot be read in the sandbox: ${stderr || "it is no regular file"}`,
    );
  const content = Buffer.concat(chunks);
  if (content.length > maxBytes) throw new FileTooLarge(`${path} is larger than ${maxBytes} bytes`);
  return content;
}

export async function writeInside(
  inside: Inside,
  path: string,
  data: string | Uint8Array | Readable,
  mode: number,
  user: string,
): Promise<void> {
  const { result, stderr } = await toolExec(inside, WRITE_FILE, [path, mode.toString(8), user], {
    stdin: data,
    timeoutSec: 600,
  });
  if (result.exitCode !== 0)
    throw new EnvironmentFailure("write-failed", `${path} cannot be written in the sandbox: ${stderr || result.ended}`);
}

/** A file or a tree of the host to `to` inside. */
export async function uploadInside(inside: Inside, from: string, to: string, user: string): Promise<void> {
  const stat = await lstat(from);
  if (!stat.isDirectory()) {
    await writeInside(inside, to, createReadStream(from), stat.mode & 0o7777, user);
    return;
  }
  const { result, stderr } = await uploadTar(inside, ["-C", from, "."], to, user);
  if (result.exitCode !== 0)
    throw new EnvironmentFailure(
      "upload-failed",
      `${from} cannot be copied to ${to} in the sandbox: ${stderr || result.ended}`,
    );
}

async function uploadTar(inside: Inside, what: readonly string[], to: string, user: string) {
  const packer = spawn(
    inside.facts.tools.tar,
    ["-c", "-f", "-", "--numeric-owner", "--owner=0", "--group=0", ...what],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let complaint = "";
  packer.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 2000)));
  const packed = new Promise<number | null>((resolve, reject) => {
    packer.once("error", reject);
    packer.once("close", resolve);
  });
  const unpacked = await toolExec(inside, UNPACK, [to, user], { stdin: packer.stdout, timeoutSec: 3600 });
  packer.stdout.destroy();
  const code = await packed;
  if (unpacked.result.exitCode === 0 && code !== 0 && code !== null) {
    throw new EnvironmentFailure("upload-failed", `files to upload cannot be read: ${complaint.trim()}`);
  }
  return unpacked;
}

interface Listed {
  readonly type: string;
  readonly size: number;
  readonly mode: number;
  readonly path: string;
}

export async function downloadInside(
  inside: Inside,
  from: string,
  to: string,
  limits: DownloadLimits,
): Promise<DownloadReport> {
  const until = performance.now() + limits.timeoutSec * 1000;
  const left = (): number => Math.max(0.1, (until - performance.now()) / 1000);
  const leftOut: { path: string; reason: string }[] = [];
  let leftOutCount = 0;
  const leave = (path: string, reason: string): void => {
    leftOutCount += 1;
    if (leftOut.length < REPORTED) leftOut.push({ path, reason });
  };
  const { entries, cut } = await list(inside, from, limits.maxFiles, left());
  if (cut !== null) leave(from, cut);
  const [root, ...below] = entries;
  if (root === undefined) throw new FileMissing(`${from} does not exist in the sandbox`);
  if (root.type === "f") {
    if (root.size > limits.maxFileBytes) leave(from, `larger than ${limits.maxFileBytes} bytes`);
    else {
      await mkdir(dirname(to), { recursive: true });
      const content = await readInside(inside, from, limits.maxFileBytes);
      const handle = await open(to, "w", 0o644);
      await handle.writeFile(content).finally(() => handle.close());
      return { files: 1, bytes: content.length, leftOut, leftOutCount };
    }
    return { files: 0, bytes: 0, leftOut, leftOutCount };
  }
  if (root.type !== "d") {
    leave(from, "neither a file nor a directory");
    return { files: 0, bytes: 0, leftOut, leftOutCount };
  }
  const chosen: Listed[] = [];
  let bytes = 0;
  for (const entry of below) {
    if (entry.type === "d" || entry.type === "l") chosen.push(entry);
    else if (entry.type !== "f") leave(entry.path, "neither a file, a directory nor a link");
    else if (entry.size > limits.maxFileBytes) leave(entry.path, `larger than ${limits.maxFileBytes} bytes`);
    else if (bytes + entry.size > limits.maxBytes) leave(entry.path, `more than ${limits.maxBytes} bytes altogether`);
    else {
      bytes += entry.size;
      chosen.push(entry);
    }
  }
  await mkdir(to, { recursive: true });
  const got =
    chosen.length === 0 ? { files: 0, bytes: 0 } : await unpack(inside, from, to, chosen, limits, left(), leave);
  return { ...got, leftOut, leftOutCount };
}

async function list(
  inside: Inside,
  from: string,
  maxFiles: number,
  timeoutSec: number,
): Promise<{ readonly entries: Listed[]; readonly cut: string | null }> {
  const entries: Listed[] = [];
  const enough = new AbortController();
  let cut: string | null = null;
  let seen = 0;
  let rest = Buffer.alloc(0);
  let fields: string[] = [];
  const { result, stderr } = await toolExec(inside, LIST, [from], {
    timeoutSec,
    signal: enough.signal,
    onOutput: (_stream, chunk) => {
      if (cut !== null) return;
      seen += chunk.length;
      const all = Buffer.concat([rest, chunk]);
      let at = 0;
      for (let end = all.indexOf(0, at); end >= 0; end = all.indexOf(0, at)) {
        fields.push(all.toString("utf8", at, end));
        at = end + 1;
        if (fields.length < 4) continue;
        const [type = "", size = "", mode = "", path = ""] = fields;
        fields = [];
        entries.push({ type, size: Number(size), mode: Number.parseInt(mode, 8), path });
      }
      rest = all.subarray(at);
      if (entries.length > maxFiles + 1) cut = `more than ${maxFiles} files`;
      else if (seen > LISTING_LIMIT) cut = "the list of names is too long";
      if (cut !== null) enough.abort();
    },
  });
  if (result.exitCode === 4) throw new FileMissing(`${from} does not exist in the sandbox`);
  if (result.ended === "timed-out") cut = "listing the files took too long";
  // find says 1 when something vanished while it looked: what it found is good.
  else if (cut === null && result.exitCode !== 0 && result.exitCode !== 1) {
    throw new EnvironmentFailure("download-failed", `${from} cannot be listed: ${stderr || result.ended}`);
  }
  return { entries: entries.slice(0, maxFiles + 1), cut };
}

async function unpack(
  inside: Inside,
  from: string,
  to: string,
  chosen: readonly Listed[],
  limits: DownloadLimits,
  timeoutSec: number,
  leave: (path: string, reason: string) => void,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const { Parser } = await import("tar");
  const wanted = new Map(chosen.map((entry) => [entry.path, entry]));
  const names = Readable.from(
    chosen.map((entry) => `${entry.path}\0`),
    { objectMode: false },
  );
  const links: { readonly path: string; readonly target: string }[] = [];
  const modes: { readonly path: string; readonly mode: number }[] = [];
  let files = 0;
  let bytes = 0;
  let work: Promise<void> = Promise.resolve();
  let failed: unknown = null;
  const parser = new Parser({
    onReadEntry: (entry) => {
      const path = insidePath(entry.path);
      const known = path === null ? undefined : wanted.get(path);
      const take = async (): Promise<void> => {
        if (path === null || known === undefined || failed !== null) {
          entry.resume();
          if (path === null) leave(entry.path, "a name that leads elsewhere");
          return;
        }
        if (entry.type === "Directory") {
          entry.resume();
          await mkdir(join(to, path), { recursive: true });
        } else if (entry.type === "SymbolicLink") {
          entry.resume();
          if (staysInside(path, entry.linkpath ?? "")) links.push({ path, target: entry.linkpath ?? "" });
          else leave(path, "a link that leads out");
        } else if (entry.type === "File" || entry.type === "OldFile") {
          if (entry.size > limits.maxFileBytes || bytes + entry.size > limits.maxBytes) {
            entry.resume();
            leave(path, "grew past the limit");
            return;
          }
          await mkdir(dirname(join(to, path)), { recursive: true });
          const handle = await open(join(to, path), "w", 0o600);
          await pipeline(entry, handle.createWriteStream());
          files += 1;
          bytes += entry.size;
          modes.push({ path, mode: known.mode });
        } else {
          entry.resume();
          leave(path, "neither a file, a directory nor a link");
        }
      };
      work = work.then(take).catch((error: unknown) => {
        failed ??= error;
        entry.resume();
      });
    },
  });
  const ended = new Promise<void>((resolve, reject) => {
    parser.once("end", () => resolve());
    parser.once("error", reject);
  });
  const { result } = await toolExec(inside, PACK, [from], {
    stdin: names,
    timeoutSec,
    onOutput: (_stream, chunk) => {
      if (parser.write(Buffer.from(chunk))) return undefined;
      return new Promise<void>((resolve) => parser.once("drain", () => resolve()));
    },
  });
  parser.end();
  if (result.ended !== "timed-out") await ended;
  else leave(from, "copying took too long");
  await work;
  if (failed !== null) throw failed;
  for (const { path, mode } of modes) await chmod(join(to, path), (mode & 0o777) | 0o600);
  for (const { path, target } of links) await makeLink(join(to, path), target);
  return { files: files + links.length, bytes };
}

async function makeLink(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await symlink(target, path);
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    await rm(path, { recursive: true, force: true });
    await symlink(target, path);
  }
}

/** The entry's path as find printed it; null for one that is absolute or climbs. */
function insidePath(path: string): string | null {
  const plain = path.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (plain === "" || plain.startsWith("/") || plain.split("/").includes("..")) return null;
  return plain;
}

/** Only leading `..` are counted: one behind a name might pass another link and climb further than it seems. */
function staysInside(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/")) return false;
  const parts = target.split("/").filter((part) => part !== "" && part !== ".");
  const climbs = parts.findIndex((part) => part !== "..");
  const up = climbs < 0 ? parts.length : climbs;
  if (parts.slice(up).includes("..")) return false;
  return (
    up <=
    posix
      .dirname(path)
      .split("/")
      .filter((part) => part !== ".").length
  );
}
