import pc from "picocolors";

export type Style = "dim" | "bold" | "green" | "yellow" | "red" | "cyan";

/** Colours text, or hands it back as it is where colour is not wanted. Lay text out first: escapes have no width. */
export type Paint = (text: string, style: Style | undefined) => string;

export function paintFor(color: boolean): Paint {
  if (!color) return (text) => text;
  const colors = pc.createColors(true);
  return (text, style) => (style === undefined || text === "" ? text : colors[style](text));
}
