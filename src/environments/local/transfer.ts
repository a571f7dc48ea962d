/** Single files in and out of a sandbox, and trees in. Trees out: download.ts. */
import { spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { PassThrough, type Readable } from "node:stream";
import { EnvironmentFailure, FileMissing, FileTooLarge } from "../environment.ts";
import { demandUser, type Inside, toolExec } from "./inside-tools.ts";
import { IDS, READ_FILE, UNPACK, WRITE_FILE } from "./scripts.ts";

const READ_LIMIT = 16 << 20;

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
  demandUser(inside.facts, user);
  const { result, stderr } = await toolExec(inside, WRITE_FILE, [path, mode.toString(8), user], {
    stdin: data,
    timeoutSec: 600,
  });
  if (result.exitCode !== 0)
    throw new EnvironmentFailure("write-failed", `${path} cannot be written in the sandbox: ${stderr || result.ended}`);
}

export interface UploadOptions {
  /** As chmod takes it, for everything uploaded; null = as they are. */
  readonly mode?: string | null;
  /** Of a directory: only these, relative to it, parents first; null = all. */
  readonly names?: readonly string[] | null;
}

/** A file or a tree of the host to `to` inside; links in the tree stay links, `from` itself is followed. */
export async function uploadInside(
  inside: Inside,
  from: string,
  to: string,
  user: string,
  { mode = null, names = null }: UploadOptions = {},
): Promise<void> {
  const source = await stat(from);
  if (!source.isDirectory()) {
    const bits = mode === null ? source.mode & 0o7777 : Number.parseInt(mode, 8);
    await writeInside(inside, to, createReadStream(from), bits, user);
    return;
  }
  demandUser(inside.facts, user);
  const [uid, gid] = user === "" ? ["0", "0"] : await idsInside(inside, user);
  const owner = [
    "--numeric-owner",
    `--owner=u:${uid}`,
    `--group=g:${gid}`,
    ...(mode === null ? [] : [`--mode=${mode}`]),
  ];
  const what = names === null ? ["."] : ["--no-recursion", "--null", "--verbatim-files-from", "-T", "-"];
  const packer = spawn(inside.facts.tools.tar, ["-c", "-f", "-", "--format=gnu", ...owner, "-C", from, ...what], {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  packer.stdin.on("error", () => {
    // It ended before it had read all names: its exit code tells.
  });
  packer.stdin.end((names ?? []).map((name) => `./${name}\0`).join(""));
  // Taken at once: Node throws away what nobody reads when a child ends, and this one may end before the sandbox is entered.
  const archive = packer.stdout.pipe(new PassThrough());
  let complaint = "";
  packer.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 2000)));
  const packed = new Promise<number | null>((resolve, reject) => {
    packer.once("error", reject);
    packer.once("close", resolve);
  });
  const { result, stderr } = await toolExec(inside, UNPACK, [to], { stdin: archive, timeoutSec: 3600 });
  packer.stdout.destroy();
  const code = await packed;
  if (result.exitCode !== 0) {
    throw new EnvironmentFailure(
      "upload-failed",
      `${from} cannot be copied to ${to} in the sandbox: ${stderr || result.ended}`,
    );
  }
  // 1 = a file changed while it was read.
  if (code !== 0 && code !== 1) {
    throw new EnvironmentFailure("upload-failed", `${from} cannot be read whole: ${complaint.trim()}`);
  }
}

async function idsInside(inside: Inside, user: string): Promise<readonly [string, string]> {
  let said = "";
  const { stderr } = await toolExec(inside, IDS, [user], {
    timeoutSec: 60,
    onOutput: (_stream, chunk) => void (said += Buffer.from(chunk).toString()),
  });
  const [, uid, gid] = /^(\d+) (\d+)\n$/.exec(said) ?? [];
  if (uid === undefined || gid === undefined)
    throw new EnvironmentFailure("no-such-user", stderr || `user ${user} does not exist in the sandbox`);
  return [uid, gid];
}
