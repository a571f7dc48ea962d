/**
 * Files out of a sandbox that may be hostile: listed first, chosen within the limits, then streamed as tar and written entry
 * by entry. The list only chooses: what the stream says is judged again, because everything may have changed in between.
 */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type LeftOut, leftOutList, tooLarge, tooMany, tooMuch } from "../archive/left-out.ts";
import { damageOf, MAX_PATH, plainPath, receiveTree } from "../archive/receive-tree.ts";
import { type DownloadLimits, type DownloadReport, EnvironmentFailure, FileMissing } from "../environment.ts";
import { type Inside, toolExec } from "./inside-tools.ts";
import { LIST, PACK } from "./scripts.ts";
/** All names that are asked for together: a sandbox decides how long its names are. */
const MAX_NAME_BYTES = 64 << 20;
interface Listing {
  readonly root: "file" | "directory" | "other";
  readonly rootSize: number;
  /** Paths below the root; as latin1, so that equal bytes are equal keys. */
  readonly chosen: ReadonlySet<string>;
}

export async function downloadInside(
  inside: Inside,
  from: string,
  to: string,
  limits: DownloadLimits,
): Promise<DownloadReport> {
  const until = performance.now() + limits.timeoutSec * 1000;
  const leftOut = leftOutList();
  // Half of the time at most for the list, so that some is left for what it found.
  const listing = await list(inside, from, limits, limits.timeoutSec / 2, leftOut);
  if (listing.root === "other") leftOut.add(from, "neither a file nor a directory");
  else if (listing.root === "file" && listing.rootSize > limits.maxFileBytes)
    leftOut.add(from, tooLarge(limits.maxFileBytes));
  else if (listing.root === "file" && listing.rootSize > limits.maxBytes) leftOut.add(from, tooMuch(limits.maxBytes));
  else {
    mkdirSync(listing.root === "file" ? dirname(to) : to, { recursive: true });
    if (listing.root === "directory" && listing.chosen.size === 0) return { files: 0, bytes: 0, ...leftOut.report() };
    const left = Math.max(0.05, (until - performance.now()) / 1000);
    return { ...(await copy(inside, from, to, listing, limits, left, leftOut)), ...leftOut.report() };
  }
  return { files: 0, bytes: 0, ...leftOut.report() };
}

async function list(
  inside: Inside,
  from: string,
  limits: DownloadLimits,
  timeoutSec: number,
  leftOut: LeftOut,
): Promise<Listing> {
  const chosen = new Set<string>();
  let root: { readonly kind: Listing["root"]; readonly size: number } | null = null;
  let files = 0;
  let directories = 0;
  let bytes = 0;
  let nameBytes = 0;

  function choose(type: string, size: number, path: Buffer): void {
    if (root === null) {
      root = { kind: type === "f" ? "file" : type === "d" ? "directory" : "other", size };
      return;
    }
    const refused = refusal(type, size, path);
    if (refused !== null) {
      leftOut.add(path, refused);
      return;
    }
    if (type === "d") directories += 1;
    else files += 1;
    if (type === "f") bytes += size;
    nameBytes += path.length;
    chosen.add(path.toString("latin1"));
  }

  function refusal(type: string, size: number, path: Buffer): string | null {
    if (type !== "f" && type !== "d" && type !== "l") return "neither a file, a directory nor a link";
    if (path.length > MAX_PATH) return "the path is too long";
    if (type === "f" && size > limits.maxFileBytes) return tooLarge(limits.maxFileBytes);
    if (type === "f" && bytes + size > limits.maxBytes) return tooMuch(limits.maxBytes);
    if (type === "d" ? directories >= limits.maxFiles : files >= limits.maxFiles) return tooMany(limits.maxFiles);
    return nameBytes + path.length > MAX_NAME_BYTES ? "the names are too long altogether" : null;
  }

  const read = recordReader(choose);
  const { result, stderr } = await toolExec(inside, LIST, [from], {
    timeoutSec,
    onOutput: (_stream, chunk) => read(chunk),
  });
  if (result.exitCode === 4) throw new FileMissing(`${from} does not exist in the sandbox`);
  if (result.ended === "timed-out") leftOut.add(from, "listing took too long: there may be more");
  // find says 1 when something vanished while it looked: what it found is good.
  else if (root === null || (result.exitCode !== 0 && result.exitCode !== 1)) {
    throw new EnvironmentFailure("download-failed", `${from} cannot be listed: ${stderr || result.ended}`);
  }
  const { kind, size } = (root as { kind: Listing["root"]; size: number } | null) ?? { kind: "other", size: 0 };
  return { root: kind, rootSize: size, chosen };
}

/** Takes `type NUL size NUL path NUL` records in pieces of any size. */
function recordReader(take: (type: string, size: number, path: Buffer) => void): (chunk: Uint8Array) => void {
  let rest = Buffer.alloc(0);
  let fields: Buffer[] = [];
  return (chunk) => {
    const all = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = all.indexOf(0, at); end >= 0; end = all.indexOf(0, at)) {
      fields.push(all.subarray(at, end));
      at = end + 1;
      const [type, size, path] = fields;
      if (type === undefined || size === undefined || path === undefined) continue;
      fields = [];
      take(type.toString("latin1"), Number(size.toString("latin1")), path);
    }
    rest = Buffer.from(all.subarray(at));
    fields = fields.map((field) => Buffer.from(field));
  };
}

async function copy(
  inside: Inside,
  from: string,
  to: string,
  listing: Listing,
  limits: DownloadLimits,
  timeoutSec: number,
  leftOut: LeftOut,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const single = listing.root === "file";
  const missing = new Set(listing.chosen);
  const receiver = receiveTree({
    from,
    to,
    single,
    limits,
    leftOut,
    pathOf(name) {
      const path = single ? Buffer.alloc(0) : plainPath(name);
      return path !== null && (single || missing.delete(path.toString("latin1"))) ? path : null;
    },
  });
  const names = single ? "" : Buffer.from([...listing.chosen].map((path) => `./${path}\0`).join(""), "latin1");
  let settled: { readonly files: number; readonly bytes: number } | null = null;
  let damage: string | null = "it was not copied";
  try {
    damage = await damageOf(async () => {
      const { result } = await toolExec(inside, PACK, [from, single ? "file" : "tree"], {
        stdin: names,
        timeoutSec,
        onOutput: (_stream, chunk) => receiver.read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)),
      });
      return result.ended === "timed-out" ? "copying took too long" : null;
    });
  } finally {
    settled = receiver.settle(damage);
  }
  for (const path of missing) leftOut.add(Buffer.from(path, "latin1"), damage ?? "it vanished, or cannot be read");
  return settled;
}
