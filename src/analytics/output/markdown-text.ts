/** Names come from files of others: nothing of them may be markup. */
export function markdownText(value: string): string {
  return value.replaceAll(/[\r\n]+/g, " ").replaceAll(/[\\`*_[\]<>|#]/g, "\\$&");
}
