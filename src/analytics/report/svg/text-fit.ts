/** How wide text will be, without a browser to ask: by the widths of letters in common sans-serif fonts, rather too wide. */
export function widthOf(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width * size;
}

/** Cut in the middle where it is too long: names that begin alike often differ at their ends. */
export function fitted(text: string, size: number, most: number): string {
  if (widthOf(text, size) <= most) return text;
  const characters = Array.from(new Intl.Segmenter("en").segment(text), ({ segment }) => segment);
  for (let kept = characters.length - 1; kept > 1; kept--) {
    const front = Math.ceil(kept * 0.4);
    const cut = `${characters.slice(0, front).join("")}…${characters.slice(characters.length - (kept - front)).join("")}`;
    if (widthOf(cut, size) <= most) return cut;
  }
  return "…";
}

function widthOfCharacter(character: string): number {
  if (/[il.,:;'|!]/.test(character)) return 0.33;
  if (/[fjrt()[\]{}\-/ ]/.test(character)) return 0.42;
  if (/[mwMW@%]/.test(character)) return 0.96;
  if (/[A-Z_+−×=<>&]/.test(character)) return 0.76;
  if (/[a-z0-9$]/.test(character)) return 0.63;
  return (character.codePointAt(0) ?? 0) > 0x2e7f ? 1 : 0.8;
}
