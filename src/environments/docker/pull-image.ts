/** Pulls an image, with progress, and with patience for a registry that limits its rate. */
import { setTimeout as delay } from "node:timers/promises";
import { isRecord } from "../../base/is-record.ts";
import { EnvironmentFailure } from "../environment.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import { jsonObjects } from "./json-lines.ts";
import { registryAuth, registryOf } from "./registry-auth.ts";

/** Waits between tries at a registry that says "too many requests": together some quarter of an hour. */
const PATIENCE_SEC: readonly number[] = [10, 30, 60, 120, 240, 480];
const PROGRESS_EVERY_MS = 2000;
const MIB = 1 << 20;

export interface PullRequest {
  readonly image: string;
  readonly signal: AbortSignal;
  readonly log: (line: string) => void;
  /** Default: those above. */
  readonly patienceSec?: readonly number[];
}

/** @throws EnvironmentFailure with the registry's own words. */
export async function pullImage(client: EngineClient, request: PullRequest): Promise<void> {
  const { image, signal, log, patienceSec = PATIENCE_SEC } = request;
  for (const wait of [...patienceSec, null]) {
    const refused = await tryPull(client, request);
    if (refused === null) return;
    if (!/toomanyrequests|too many requests|rate limit/i.test(refused) || wait === null)
      throw new EnvironmentFailure("image-pull-failed", `the image ${image} cannot be pulled: ${refused}`);
    log(`${registryOf(image)} limits its rate, trying again in ${wait} s: ${refused}`);
    await delay(wait * 1000, undefined, { signal });
  }
}

/** @returns why it could not be pulled; null when it was. */
async function tryPull(client: EngineClient, { image, signal, log }: PullRequest): Promise<string | null> {
  const auth = await registryAuth(image, process.env);
  log(`pulling ${image}`);
  try {
    const body = await client.stream({
      method: "POST",
      path: "/images/create",
      query: splitImage(image),
      headers: auth === null ? {} : { "x-registry-auth": auth },
      signal,
    });
    const progress = pullProgress(image, log);
    for await (const entry of jsonObjects(body)) {
      if (typeof entry["error"] === "string") return entry["error"];
      progress(entry);
    }
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof EngineError) return error.message;
    throw error;
  }
}

/** `name:tag` and `name@digest` apart: without a tag the engine would pull them all. */
function splitImage(image: string): { readonly fromImage: string; readonly tag: string } {
  const at = image.indexOf("@");
  if (at > 0) return { fromImage: image.slice(0, at), tag: image.slice(at + 1) };
  const colon = image.lastIndexOf(":");
  return colon > image.lastIndexOf("/")
    ? { fromImage: image.slice(0, colon), tag: image.slice(colon + 1) }
    : { fromImage: image, tag: "latest" };
}

function pullProgress(image: string, log: (line: string) => void): (entry: Readonly<Record<string, unknown>>) => void {
  const layers = new Map<string, { readonly current: number; readonly total: number }>();
  let said = performance.now();
  return ({ id, progressDetail, status }) => {
    if (status !== "Downloading" || typeof id !== "string" || !isRecord(progressDetail)) return;
    const { current, total } = progressDetail;
    if (typeof current !== "number" || typeof total !== "number") return;
    layers.set(id, { current, total });
    if (performance.now() - said < PROGRESS_EVERY_MS) return;
    said = performance.now();
    const sum = (of: "current" | "total"): string =>
      ([...layers.values()].reduce((all, layer) => all + layer[of], 0) / MIB).toFixed(0);
    log(`pulling ${image}: ${sum("current")} of ${sum("total")} MB in ${layers.size} layers`);
  };
}
