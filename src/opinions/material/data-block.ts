/**
 * The one place where text of trials enters a question: a block with delimiters of its own.
 *
 * The delimiter's name comes from a hash of the content: who writes the content cannot know it, and the same content has the
 * same name, so that answers can be kept. Anything inside that looks like a delimiter, whichever hash, is made harmless too.
 */
import { createHash } from "node:crypto";
import { cleaned } from "./clean.ts";

export interface DataBlock {
  /** `data-` and twelve hexadecimal digits. */
  readonly name: string;
  readonly text: string;
}

export function dataBlock(content: string): DataBlock {
  const inside = cleaned(content).replaceAll(/<(?=\s*\/?\s*data-)/gi, "&lt;");
  const name = `data-${createHash("sha256").update(inside).digest("hex").slice(0, 12)}`;
  return { name, text: `<${name}>\n${inside}\n</${name}>` };
}
