/** Images that were built here, and how much disk each has for itself. */
import { isRecord } from "../../base/is-record.ts";
import { engineAddress } from "./engine-address.ts";
import { type EngineClient, engineClient, EngineError, EngineUnreachable } from "./engine-client.ts";
import { textAt } from "./engine-values.ts";
import { IMAGE_LABEL } from "./task-image.ts";

export interface KeptImage {
  readonly name: string;
  /** Without what it shares with other images. */
  readonly bytes: number;
  readonly lastUsed: Date | null;
  /** @returns false when a container uses it. */
  remove(): Promise<boolean>;
}

/** Empty where there is no engine. */
export async function keptImages(env: NodeJS.ProcessEnv = process.env): Promise<readonly KeptImage[]> {
  const address = engineAddress(env);
  if ("problem" in address) return [];
  const client = engineClient(address);
  try {
    const usage = await client.json({ method: "GET", path: "/system/df" });
    const images = isRecord(usage) && Array.isArray(usage["Images"]) ? usage["Images"] : [];
    const ours = images.filter((image): image is Record<string, unknown> => {
      return isRecord(image) && isRecord(image["Labels"]) && IMAGE_LABEL in image["Labels"];
    });
    return await Promise.all(ours.map((image) => kept(client, image)));
  } catch (error) {
    if (error instanceof EngineUnreachable) return [];
    throw error;
  }
}

async function kept(client: EngineClient, image: Record<string, unknown>): Promise<KeptImage> {
  const id = textAt(image, "Id");
  const tags = Array.isArray(image["RepoTags"]) ? image["RepoTags"].filter((tag) => typeof tag === "string") : [];
  const shared = Number(image["SharedSize"] ?? 0);
  return {
    name: tags.find((tag) => tag !== "<none>:<none>") ?? id.replace(/^sha256:/, "").slice(0, 12),
    bytes: Math.max(0, Number(image["Size"] ?? 0) - Math.max(0, shared)),
    lastUsed: (await lastTagged(client, id)) ?? dateOf(image["Created"]),
    async remove() {
      try {
        // By name where it has one: an image that somebody named too loses only ours.
        for (const name of tags.length > 0 ? tags : [id])
          await client.json({ method: "DELETE", path: `/images/${name}` });
        return true;
      } catch (error) {
        if (error instanceof EngineError && error.status === 404) return true;
        if (error instanceof EngineError && error.status === 409) return false;
        throw error;
      }
    },
  };
}

/** An image is named again whenever it is used. */
async function lastTagged(client: EngineClient, id: string): Promise<Date | null> {
  try {
    const image = await client.json({ method: "GET", path: `/images/${id}/json` });
    const text = isRecord(image) ? textAt(image["Metadata"], "LastTagTime") : "";
    const date = new Date(text);
    // Go's zero time stands for never.
    return Number.isNaN(date.getTime()) || date.getTime() <= 0 ? null : date;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return null;
    throw error;
  }
}

function dateOf(seconds: unknown): Date | null {
  return typeof seconds === "number" ? new Date(seconds * 1000) : null;
}
