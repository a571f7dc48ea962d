/** Where the parts of the heat map are: tasks in one or more panels side by side, headings upright or leaning. */
import { widthOf } from "../svg/text-fit.ts";

export interface HeatLayout {
  /** Of the figure: more than was asked for where cells would become too small to read, and then it scrolls. */
  readonly width: number;
  /** Of the tasks' names. */
  readonly names: number;
  /** Of the first cell. */
  readonly left: number;
  /** Width of a cell. */
  readonly cell: number;
  readonly panels: number;
  /** From one panel to the next. */
  readonly step: number;
  /** Height of the headings. */
  readonly head: number;
  readonly lean: boolean;
}

export const ROW = 24;
export const SIZE = 12;
/** Longer names are cut. */
export const LONGEST_HEADING = 120;

const LEAST_CELL = 28;
const MOST_CELL = 112;
const GAP = 28;
/** Between a name and its first cell, and what the mark of a task takes there that leads further. */
const AFTER_NAMES = 6;
const MARK = 20;

/** @param marked some tasks have a mark beside their name */
export function heatLayout(
  tasks: readonly string[],
  profiles: readonly string[],
  width: number,
  marked: boolean,
): HeatLayout {
  const names = Math.min(width * 0.42, 210, Math.max(...tasks.map((task) => widthOf(task, SIZE))) + 8);
  const left = names + AFTER_NAMES + (marked ? MARK : 0);
  const headings = profiles.map((profile) => Math.min(LONGEST_HEADING, widthOf(profile, SIZE)));
  const longest = Math.max(...headings);
  const upright = arranged(0);
  const lean = headings.some((heading) => heading > upright.cell - 6);
  const head = lean ? longest * 0.7 + 16 : 24;
  return { ...(lean ? arranged(longest * 0.74) : upright), names, left, head, lean };

  /** @param beyond what leaning headings take at the right of the last column */
  function arranged(beyond: number): Pick<HeatLayout, "width" | "cell" | "panels" | "step"> {
    const least = left + LEAST_CELL * profiles.length;
    const usable = Math.max(width - beyond, least);
    const fit = Math.floor((usable + GAP) / (left + 46 * profiles.length + GAP));
    // A few tasks stay together: side by side they would only be harder to read.
    const panels = tasks.length > 20 ? Math.max(1, Math.min(3, fit, Math.ceil(tasks.length / 10))) : 1;
    const panel = (usable - GAP * (panels - 1)) / panels;
    const cell = Math.min(MOST_CELL, (panel - left) / Math.max(1, profiles.length));
    return { width: Math.max(width, usable + beyond), cell, panels, step: panel + GAP };
  }
}
