/**
 * A few lines at the bottom of the terminal that are redrawn in place. Only lines that changed are written again.
 *
 * Invariant: after every call the cursor stands at the start of the line below the frame, and no line of the frame is
 * wider than the window was when it was drawn.
 */
import { textWidth } from "./text-width.ts";
import type { TextOutput } from "./terminal.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

export interface Screen {
  /** Shows `lines` in place of the frame before; writes nothing when they are the same. */
  draw(lines: readonly string[]): void;
  /** Puts lines above the frame, where they stay and scroll away. */
  above(lines: readonly string[]): void;
  /** The window is now `columns` wide: the frame has been broken into more lines by the terminal, and is taken away. */
  resized(columns: number): void;
  /** Takes the frame away and gives the cursor back. */
  clear(): void;
}

export function openScreen(output: TextOutput): Screen {
  let frame: readonly string[] = [];
  let hidden = false;

  function up(lines: number): string {
    return lines === 0 ? "\r" : `\u001b[${lines}A\r`;
  }

  return {
    draw(lines) {
      if (hidden && same(lines, frame)) return;
      let text = hidden ? "" : HIDE_CURSOR;
      hidden = true;
      text += up(frame.length);
      for (const [at, line] of lines.entries()) text += line === frame[at] ? "\r\n" : `${line}${CLEAR_LINE}\r\n`;
      if (frame.length > lines.length) text += CLEAR_BELOW;
      frame = lines;
      output.write(text);
    },
    above(lines) {
      const kept = frame.map((line) => `${line}\r\n`).join("");
      output.write(`${up(frame.length)}${CLEAR_BELOW}${lines.map((line) => `${line}\r\n`).join("")}${kept}`);
    },
    resized(columns) {
      const broken = frame.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0);
      output.write(`${up(broken)}${CLEAR_BELOW}`);
      frame = [];
    },
    clear() {
      if (!hidden) return;
      output.write(`${up(frame.length)}${CLEAR_BELOW}${SHOW_CURSOR}`);
      frame = [];
      hidden = false;
    },
  };
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((line, at) => line === b[at]);
}
