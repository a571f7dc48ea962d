import type { z } from "zod";

/** One line for each: `mcpServers.x.args[0]: …`. */
export function problemsOf(error: z.ZodError): readonly string[] {
  return error.issues.map(({ path, message }) => {
    const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return place === "" ? message : `${place.replace(/^\./, "")}: ${message}`;
  });
}
