/**
 * Text of trials before a model sees it: without characters that a person looking at the same file would not see. Terminal
 * colours, zero-width characters and the tag block (ASCII in disguise) are where instructions hide from readers.
 */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[[0-?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

export function cleaned(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replaceAll(/[\u2028\u2029]/g, "\n")
    .replace(HIDDEN, "")
    .replaceAll(/\p{Surrogate}/gu, "\ufffd");
}
