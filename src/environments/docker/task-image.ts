/**
 * The image of a task's sandbox: the one it names, found or pulled, or one built from its Dockerfile, named after its content.
 * Each is made ready once, however many trials ask, and not more than a few at a time.
 */
import { existsSync } from "node:fs";
import {
  BuildFailure,
  EnvironmentFailure,
  type EnvironmentSpec,
  type ImageSpec,
  type PreparedImage,
} from "../environment.ts";
import { buildImage } from "./build-image.ts";
import { contextDigest } from "./context-digest.ts";
import { type EngineClient, EngineError, EngineUnreachable } from "./engine-client.ts";
import { type FoundImage, inspectImage } from "./inspect-image.ts";
import { pullImage } from "./pull-image.ts";

/** Builds and pulls share disk and network; more at once are not done sooner. */
const AT_ONCE = 3;
const IMAGE_REPOSITORY = "regatta-task";
/** On every image that was built here; its value is the content's digest. */
export const IMAGE_LABEL = "regatta.image";

export interface TaskImages {
  /** A failure is the failure of all who asked; who asks after it tries anew. */
  ready(
    spec: ImageSpec,
    options: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  ): Promise<PreparedImage>;
  /** It is gone by now: whoever asks next has it made ready again. */
  forget(spec: ImageSpec): void;
}

export function taskImages(client: EngineClient, architecture: () => Promise<string>): TaskImages {
  const known = new Map<string, { readonly image: Promise<PreparedImage>; readonly signal: AbortSignal }>();
  const atOnce = slots(AT_ONCE);
  const keyOf = (spec: ImageSpec): string =>
    JSON.stringify([spec.contextDir, spec.dockerfile, spec.dockerImage, spec.forceRebuild]);
  return {
    forget: (spec) => void known.delete(keyOf(spec)),
    async ready(spec, { signal, log }) {
      const key = keyOf(spec);
      for (;;) {
        signal.throwIfAborted();
        let entry = known.get(key);
        if (entry === undefined) {
          const image = atOnce(() => make(client, spec, architecture, signal, log));
          entry = { image, signal };
          known.set(key, entry);
        }
        try {
          return await entry.image;
        } catch (error) {
          if (known.get(key) === entry) known.delete(key);
          // The one who had begun it was stopped, and this one was not.
          if (!entry.signal.aborted || entry.signal === signal) throw error;
        }
      }
    },
  };
}

function slots(count: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}

async function make(
  client: EngineClient,
  spec: ImageSpec,
  architecture: () => Promise<string>,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<PreparedImage> {
  const clock = AbortSignal.timeout(spec.buildTimeoutSec * 1000);
  const either = AbortSignal.any([signal, clock]);
  try {
    const name = isPrebuilt(spec)
      ? await prebuilt(client, spec.dockerImage, spec.dockerfile, either, log)
      : await built(client, spec, either, log);
    const found = await inspectImage(client, name);
    if (found === null)
      throw new EnvironmentFailure("image-gone", `the image ${name} was removed as soon as it was ready`);
    await warnOfPlatform(found, name, architecture, log);
    return { name, id: found.id, digests: found.digests, bytes: found.bytes };
  } catch (error) {
    if (clock.aborted && !signal.aborted)
      throw new EnvironmentFailure("image-timeout", `the task's image was not ready after ${spec.buildTimeoutSec} s`, {
        cause: error,
      });
    throw error;
  }
}

type Prebuilt = ImageSpec & { readonly dockerImage: string };

/** As Harbor: the named image, unless a rebuild is asked for and can be done. */
function isPrebuilt(spec: Pick<EnvironmentSpec, "dockerImage" | "dockerfile" | "forceRebuild">): spec is Prebuilt {
  const buildable = spec.dockerfile !== null && existsSync(spec.dockerfile);
  return spec.dockerImage !== null && !(spec.forceRebuild && buildable);
}

async function prebuilt(
  client: EngineClient,
  image: string,
  dockerfile: string | null,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<string> {
  if ((await inspectImage(client, image)) !== null) return image;
  try {
    await pullImage(client, { image, signal, log });
  } catch (error) {
    if (!(error instanceof EnvironmentFailure) || error instanceof EngineUnreachable || dockerfile === null)
      throw error;
    throw new EnvironmentFailure(
      error.code,
      `${error.message}\nthe task also has a Dockerfile (${dockerfile}): force_rebuild = true in [run] builds the image from it`,
      { cause: error },
    );
  }
  return image;
}

async function built(
  client: EngineClient,
  { contextDir, dockerfile, forceRebuild }: ImageSpec,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<string> {
  if (dockerfile === null || !existsSync(dockerfile))
    throw new BuildFailure(`${contextDir} has no Dockerfile, and the task names no docker_image`);
  const digest = await contextDigest(contextDir);
  const image = `${IMAGE_REPOSITORY}:${digest}`;
  const before = await inspectImage(client, image);
  if (before !== null && !forceRebuild) {
    await touch(client, image, digest);
    return image;
  }
  log(`building ${image} from ${dockerfile}`);
  await buildImage(client, {
    contextDir,
    dockerfile,
    image,
    labels: { [IMAGE_LABEL]: digest },
    noCache: forceRebuild,
    signal,
    log,
  });
  // A build may come to the very same image, which is then not the one that was replaced.
  const after = await inspectImage(client, image);
  if (before !== null && after !== null && after.id !== before.id) await removeReplaced(client, before.id);
  return image;
}

/** Naming it again is what the engine remembers as its last use. */
async function touch(client: EngineClient, image: string, tag: string): Promise<void> {
  await client.json({ method: "POST", path: `/images/${image}/tag`, query: { repo: IMAGE_REPOSITORY, tag } });
}

/** The image that a rebuild took the name of; one that a container still uses stays. */
async function removeReplaced(client: EngineClient, id: string): Promise<void> {
  try {
    await client.json({ method: "DELETE", path: `/images/${id}` });
  } catch (error) {
    if (!(error instanceof EngineError) || (error.status !== 409 && error.status !== 404)) throw error;
  }
}

async function warnOfPlatform(
  found: FoundImage,
  image: string,
  architecture: () => Promise<string>,
  log: (line: string) => void,
): Promise<void> {
  const own = await architecture();
  if (found.architecture === "" || found.architecture === own) return;
  log(
    `${image} is for ${found.architecture} and this engine is ${own}: it runs under emulation, slowly, or not at all`,
  );
}
