/** Reads a file that a sandbox wrote: may be missing, huge, a link, a device, cut off, or not what its name says. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

type Unusable = { readonly kind: "missing" } | { readonly kind: "bad"; readonly why: string };
export type UntrustedText = { readonly kind: "text"; readonly text: string } | Unusable;
export type UntrustedJson = { readonly kind: "value"; readonly value: unknown } | Unusable;

/** Invalid UTF-8 is replaced, never thrown. */
export async function readUntrustedText(path: string, maxBytes: number): Promise<UntrustedText> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
    return { kind: "bad", why: code === "ELOOP" ? "is a symbolic link" : `cannot be read (${code})` };
  }
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return { kind: "bad", why: "is not a regular file" };
    if (stat.size > maxBytes) return { kind: "bad", why: `is larger than ${maxBytes} bytes` };
    return { kind: "text", text: await handle.readFile("utf8") };
  } finally {
    await handle.close();
  }
}

export async function readUntrustedJson(path: string, maxBytes: number): Promise<UntrustedJson> {
  const file = await readUntrustedText(path, maxBytes);
  if (file.kind !== "text") return file;
  try {
    return { kind: "value", value: JSON.parse(file.text) };
  } catch (error) {
    return { kind: "bad", why: `is not valid JSON (${(error as Error).message})` };
  }
}
