/** JSON that a person wrote: a mistake in it is told with its place. */
import { readFile } from "node:fs/promises";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "../host/files.ts";

/** @throws UserError with file, line and column */
export async function readJsonText(file: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES")) throw error;
    throw new UserError(`${file}: there is no ${what} that can be read (${(error as NodeJS.ErrnoException).code}).`);
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, "")) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file}${placeIn(text, error.message)}: this ${what} is no valid JSON.`, [error.message]);
  }
}

/** `:line:column` where the parser tells a position, else nothing. */
function placeIn(text: string, message: string): string {
  const at = /position (\d+)/.exec(message)?.[1];
  const offset = at === undefined ? (/end of JSON/i.test(message) ? text.length : null) : Number(at);
  if (offset === null) return "";
  const before = text.slice(0, offset).split("\n");
  return `:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
