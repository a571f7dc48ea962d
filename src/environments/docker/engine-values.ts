/** Fields of the engine's answers; what is not there or not text is empty. */
import { isRecord } from "../../base/is-record.ts";

export function textAt(value: unknown, key: string): string {
  const field = isRecord(value) ? value[key] : undefined;
  return typeof field === "string" ? field : "";
}
