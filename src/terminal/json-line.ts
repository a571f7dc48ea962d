/** One value as one line of JSON that neither ends a line early nor acts on a terminal. */
export function jsonLine(value: unknown): string {
  // U+2028 and U+2029 are line ends for some readers of lines; DEL and C1 act on a terminal, and JSON leaves them as they are.
  const text = JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${text}\n`;
}
