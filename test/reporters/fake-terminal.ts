/** A terminal of a few escapes: what Regatta writes to it, and what is on the screen then. */
import type { TextOutput } from "../../src/terminal/terminal.ts";

export interface FakeTerminal extends TextOutput {
  columns: number;
  rows: number;
  readonly written: string[];
  resize(columns: number, rows: number): void;
  /** Everything printed so far, scrollback included, without the empty rest. */
  lines(): string[];
  cursorShown(): boolean;
}

/** Knows cursor up, clear line, clear below, hide and show; lines are never wider than the window in these tests. */
export function fakeTerminal(columns = 80, rows = 24): FakeTerminal {
  const listeners = new Set<() => void>();
  const written: string[] = [];
  const screen: string[] = [""];
  let row = 0;
  let column = 0;
  let shown = true;

  function put(text: string): void {
    const line = screen[row] ?? "";
    screen[row] = line.slice(0, column).padEnd(column) + text + line.slice(column + text.length);
    column += text.length;
  }

  return {
    isTTY: true,
    columns,
    rows,
    written,
    write(text) {
      written.push(text);
      // oxlint-disable-next-line no-control-regex
      for (const part of text.match(/\u001b\[\??\d*[A-Za-z]|\r|\n|[^\u001b\r\n]+/g) ?? []) {
        if (part === "\r") column = 0;
        else if (part === "\n") {
          row += 1;
          screen[row] ??= "";
        } else if (part === "\u001b[K") screen[row] = (screen[row] ?? "").slice(0, column);
        else if (part === "\u001b[J") {
          screen[row] = (screen[row] ?? "").slice(0, column);
          screen.length = row + 1;
        } else if (part === "\u001b[?25l") shown = false;
        else if (part === "\u001b[?25h") shown = true;
        else if (part.startsWith("\u001b[") && part.endsWith("A")) row = Math.max(0, row - Number(part.slice(2, -1)));
        else if (!part.startsWith("\u001b[")) put(part);
      }
      return true;
    },
    on: (_event, listener) => listeners.add(listener),
    off: (_event, listener) => listeners.delete(listener),
    resize(newColumns, newRows) {
      this.columns = newColumns;
      this.rows = newRows;
      for (const listener of listeners) listener();
    },
    lines() {
      const last = screen.findLastIndex((line) => line !== "");
      return screen.slice(0, last + 1);
    },
    cursorShown: () => shown,
  };
}
