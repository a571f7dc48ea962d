import { printable } from "../../terminal/printable.ts";

/** Names come from files of others: nothing of them may be markup, nor act on the terminal that shows the file. */
export function markdownText(value: string): string {
  return printable(value.replaceAll(/[\r\n]+/g, " ")).replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");
}
