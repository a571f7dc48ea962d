/**
 * A registry by URL, kept: asked for again only whether it changed, and used as it is when nobody answers.
 * Proxies: Node's own fetch honours HTTPS_PROXY with NODE_USE_ENV_PROXY=1 (Node 24 and later).
 */
import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../contract/failure.ts";
import { isErrno, readJsonTolerant, writeJsonAtomic } from "../host/files.ts";
import { isRecord } from "../base/is-record.ts";
import { shownUrl } from "../host/shown-url.ts";

/** Harbor's public registry. */
export const PUBLIC_REGISTRY = "https://raw.githubusercontent.com/laude-institute/harbor/main/registry.json";
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 64 << 20;
/** So long a copy is taken without asking. */
const FRESH_MS = 5 * 60_000;

interface Kept {
  readonly text: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** When it was last known to be what the server has; milliseconds since 1970. */
  readonly checkedAt: number;
}

export interface RegistryCache {
  /** @throws UserError when it is neither reachable nor kept. */
  text(url: string): Promise<string>;
}

export function registryCache(cacheDir: string, say: (line: string) => void): RegistryCache {
  const asked = new Map<string, Promise<string>>();
  return {
    text(url) {
      const known = asked.get(url) ?? (url.startsWith("file:") ? readFileUrl(url) : current(cacheDir, url, say));
      asked.set(url, known);
      return known;
    },
  };
}

async function readFileUrl(url: string): Promise<string> {
  try {
    return await readFile(fileURLToPath(url), "utf8");
  } catch (error) {
    const why = isErrno(error, "ENOENT", "ENOTDIR") ? "there is no such file" : reasonOf(error);
    throw new UserError(`${url}: the dataset registry cannot be read: ${why}`, [], { cause: error });
  }
}

async function current(cacheDir: string, url: string, say: (line: string) => void): Promise<string> {
  const file = join(cacheDir, "registries", `${createHash("sha256").update(url).digest("hex").slice(0, 24)}.json`);
  const kept = await readKept(file);
  const now = Date.now();
  if (kept !== null && now - kept.checkedAt < FRESH_MS && now >= kept.checkedAt) return kept.text;
  const answer = await ask(url, kept);
  if ("failed" in answer) {
    if (kept !== null) {
      say(
        `the dataset registry ${shownUrl(url)} cannot be had (${answer.failed}): using the copy of ${age(now - kept.checkedAt)} ago`,
      );
      return kept.text;
    }
    throw new UserError(`the dataset registry ${shownUrl(url)} cannot be had: ${answer.failed}`, [
      "it was never fetched on this machine, so there is no copy either",
      'without network, give tasks a path, or a registry that is a file: registry = "registry.json" in [run]',
    ]);
  }
  const next: Kept = answer.changed ?? { ...(kept as Kept), checkedAt: now };
  await mkdir(dirname(file), { recursive: true });
  await writeJsonAtomic(file, next);
  return next.text;
}

/** `changed` is null when the server says that what is kept is what it has. */
async function ask(
  url: string,
  kept: Kept | null,
): Promise<{ readonly changed: Kept | null } | { readonly failed: string }> {
  const headers: Record<string, string> = { accept: "application/json, text/plain;q=0.9" };
  const { etag = null, lastModified = null } = kept ?? {};
  if (etag !== null) headers["if-none-match"] = etag;
  else if (lastModified !== null) headers["if-modified-since"] = lastModified;
  try {
    const answer = await fetch(withoutCredentials(url, headers), { headers, signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (answer.status === 304 && kept !== null) {
      await answer.body?.cancel();
      return { changed: null };
    }
    if (!answer.ok) {
      await answer.body?.cancel();
      return { failed: `the server answers ${answer.status} ${answer.statusText}`.trim() };
    }
    const text = await bounded(answer);
    // Half an answer must not replace what was whole.
    if (!isJsonArray(text)) return { failed: "what the server sends is not a JSON array of datasets" };
    return {
      changed: {
        text,
        etag: answer.headers.get("etag"),
        lastModified: answer.headers.get("last-modified"),
        checkedAt: Date.now(),
      },
    };
  } catch (error) {
    return { failed: reasonOf(error) };
  }
}

/** fetch refuses addresses with a user in them: it goes where it belongs, into a header. */
function withoutCredentials(url: string, headers: Record<string, string>): string {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return url;
  const user = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  headers["authorization"] = `Basic ${Buffer.from(user).toString("base64")}`;
  parsed.username = "";
  parsed.password = "";
  return parsed.toString();
}

async function bounded(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES >> 20} MB`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function isJsonArray(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no answer within ${TIMEOUT_MS / 1000} s`;
  const cause = error instanceof Error ? error.cause : null;
  const inner = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : null;
  return inner ?? (error instanceof Error ? error.message : String(error));
}

async function readKept(file: string): Promise<Kept | null> {
  const read = await readJsonTolerant(file);
  if (read.state !== "ok" || !isRecord(read.value)) return null;
  const { text, etag, lastModified, checkedAt } = read.value;
  if (typeof text !== "string" || typeof checkedAt !== "number") return null;
  const textOr = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return { text, etag: textOr(etag), lastModified: textOr(lastModified), checkedAt };
}

function age(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
