/** Blocks of a message's content → parts of a step. */
import type { ContentPart } from "../../atif/atif.ts";
import type { ImageFiles } from "../../atif/image-files.ts";
import { isRecord } from "../../../base/is-record.ts";
import { jsonText, type KeepText, listOf, recordOf } from "../../atif/plain.ts";
import { textPart } from "../../atif/step-draft.ts";

/** Text, images, and of anything else its JSON: a result must not be lost for being of a new kind. */
export function partsOf(content: unknown, keep: KeepText, images: ImageFiles): ContentPart[] {
  if (typeof content === "string") return [textPart(keep(content))];
  return listOf(content).map((block) => partOf(block, keep, images));
}

function partOf(block: unknown, keep: KeepText, images: ImageFiles): ContentPart {
  if (typeof block === "string") return textPart(keep(block));
  if (!isRecord(block)) return textPart(jsonText(block, keep));
  if (block["type"] === "text" && typeof block["text"] === "string") return textPart(keep(block["text"]));
  if (block["type"] === "image") {
    const source = recordOf(block["source"]);
    if (typeof source["url"] === "string") return textPart(`[image ${keep(source["url"])}]`);
    return images.add(source["media_type"], source["data"]);
  }
  return textPart(jsonText(block, keep));
}
