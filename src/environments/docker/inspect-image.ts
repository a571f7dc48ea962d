/** What the engine knows of an image. */
import { isRecord } from "../../base/is-record.ts";
import type { PreparedImage } from "../environment.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import { textAt } from "./engine-values.ts";

export interface FoundImage extends PreparedImage {
  readonly architecture: string;
}

/** @param image name or id. @returns null when the engine does not have it. */
export async function inspectImage(client: EngineClient, image: string): Promise<FoundImage | null> {
  try {
    const value = await client.json({ method: "GET", path: `/images/${encodeURI(image)}/json` });
    const { Size: size, RepoDigests: digests } = isRecord(value) ? value : {};
    return {
      name: image,
      id: textAt(value, "Id"),
      digests: Array.isArray(digests) ? digests.filter((each) => typeof each === "string") : [],
      architecture: textAt(value, "Architecture"),
      bytes: Number(size ?? 0),
    };
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return null;
    throw error;
  }
}
