/** Builds an image by the engine's BuildKit, its log streamed line by line; an abort ends the build. */
import { relative } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { ignoredBy } from "../archive/dockerignore.ts";
import { packTree, TAR_END } from "../archive/tar-writer.ts";
import { BuildFailure, EnvironmentFailure } from "../environment.ts";
import { buildTrace } from "./buildkit-trace.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import { jsonObjects } from "./json-lines.ts";

export interface BuildRequest {
  readonly contextDir: string;
  readonly dockerfile: string;
  /** `name:tag` of the result. */
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly noCache: boolean;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
}

/** Lines of the log that an error repeats. */
const LAST_LINES = 12;
/** What a base image that cannot be had sounds like: the task's Dockerfile may be right, so it is not to blame. */
const PULL_TROUBLE =
  /failed to resolve source metadata|failed to do request|failed to load metadata|failed to authorize|toomanyrequests|dial tcp|i\/o timeout|no such host|TLS handshake|connection refused/i;

/** @throws BuildFailure when the Dockerfile is to blame, EnvironmentFailure when a base image cannot be had. */
export async function buildImage(client: EngineClient, request: BuildRequest): Promise<void> {
  const { contextDir, dockerfile, image, labels, noCache, signal } = request;
  const lines: string[] = [];
  const log = (line: string): void => {
    lines.push(line);
    if (lines.length > LAST_LINES) lines.shift();
    request.log(line);
  };
  const refused = await tryBuild(
    client,
    { ...request, log },
    {
      version: "2",
      t: image,
      dockerfile: relative(contextDir, dockerfile),
      nocache: noCache,
      labels: JSON.stringify(labels),
      rm: true,
      forcerm: true,
    },
  );
  if (refused === null) return;
  signal.throwIfAborted();
  const tail = lines.filter((line) => line.trim() !== "").slice(-LAST_LINES);
  if (PULL_TROUBLE.test(refused))
    throw new EnvironmentFailure("image-pull-failed", `the image of ${dockerfile} cannot be built: ${refused}`);
  throw new BuildFailure([`${dockerfile} cannot be built: ${refused}`, ...tail].join("\n"));
}

/** @returns why it failed; null when the image is there. */
async function tryBuild(
  client: EngineClient,
  { contextDir, signal, log }: BuildRequest,
  query: Readonly<Record<string, string | boolean>>,
): Promise<string | null> {
  try {
    const body = await client.stream({
      method: "POST",
      path: "/build",
      query,
      headers: { "content-type": "application/x-tar" },
      upload: context(contextDir),
      signal,
    });
    const show = traceLog(log);
    for await (const entry of jsonObjects(body)) {
      if (typeof entry["error"] === "string") return entry["error"].trim();
      if (typeof entry["stream"] === "string") for (const line of linesOf(entry["stream"])) log(line);
      if (entry["id"] === "moby.buildkit.trace" && typeof entry["aux"] === "string")
        show(Buffer.from(entry["aux"], "base64"));
      const detail = entry["errorDetail"];
      if (isRecord(detail) && typeof detail["message"] === "string") return detail["message"].trim();
    }
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

async function* context(dir: string): AsyncGenerator<Buffer> {
  const ignored = ignoredBy(dir);
  // The Dockerfile and .dockerignore are read even where they are left out of the context.
  const skips = (path: string): boolean => path !== "Dockerfile" && path !== ".dockerignore" && ignored(path);
  yield* packTree({ from: dir, as: "", withRoot: false, skips, uid: 0, gid: 0 });
  yield TAR_END;
}

/** Steps by name as they begin and end, and what their commands print. */
function traceLog(log: (line: string) => void): (message: Buffer) => void {
  const said = new Set<string>();
  const once = (key: string, line: string): void => {
    if (said.has(key)) return;
    said.add(key);
    log(line);
  };
  return (message) => {
    const { steps, logs } = buildTrace(message);
    for (const { digest, name, cached, completed, error } of steps) {
      if (name === "" || name.startsWith("[internal]")) continue;
      once(digest, cached ? `${name} (cached)` : name);
      if (completed && error !== "") once(`${digest} error`, `${name}: ${error}`);
    }
    for (const { text } of logs) for (const line of linesOf(text)) log(`  ${line}`);
  };
}

function linesOf(text: string): readonly string[] {
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}
