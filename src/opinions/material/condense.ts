/**
 * A trajectory as text that fits a budget. Step by step, so that its size does not matter.
 *
 * First every text is shortened to what fits, the longest suffering most; where even that is too much, steps in the middle go.
 * Whatever is missing is said where it is missing, and counted.
 */
import { isRecord } from "../../base/is-record.ts";
import type { Condensed } from "../opinions.ts";
import { type Piece, pieceOf, shown } from "./shorten.ts";

export interface ImageRef {
  /** As the step has it, relative to the trajectory's folder. */
  readonly path: string;
  readonly mediaType: string;
  readonly step: number;
}

export interface CondensedText {
  readonly text: string;
  readonly facts: Condensed;
}

export interface StepFold {
  step(step: unknown): void;
  readonly images: readonly ImageRef[];
  readonly steps: number;
  /** @param budget characters */
  fit(budget: number): CondensedText;
}

interface Line {
  readonly label: string;
  readonly piece: Piece;
}

interface Step {
  readonly title: string;
  readonly lines: readonly Line[];
}

/** Room of one text, most first. */
const ROOMS = [4000, 2000, 1000, 500, 250, 120];
/** The task's instruction stands in the first user step: it is shortened less. */
const INSTRUCTION_ROOM = 2500;
/** Of the budget, for the beginning; the end, where it is decided, gets the rest. */
const BEGINNING = 0.4;

export function stepFold(): StepFold {
  const steps: Step[] = [];
  const images: ImageRef[] = [];
  return {
    images,
    get steps() {
      return steps.length;
    },
    step(value) {
      if (!isRecord(value) || value["is_copied_context"] === true) return;
      const number = steps.length + 1;
      const lines: Line[] = [];
      const add = (label: string, text: string): void => {
        if (text.trim() !== "") lines.push({ label, piece: pieceOf(text) });
      };
      const content = (raw: unknown): string => textOf(raw, number, images);
      add("message", content(value["message"]));
      if (typeof value["reasoning_content"] === "string") add("reasoning", value["reasoning_content"]);
      const calls = Array.isArray(value["tool_calls"]) ? value["tool_calls"].filter(isRecord) : [];
      for (const call of calls) add(`call ${nameOf(call["function_name"])}`, argumentsText(call["arguments"]));
      const { observation } = value;
      const results = isRecord(observation) && Array.isArray(observation["results"]) ? observation["results"] : [];
      for (const result of results) if (isRecord(result)) add("result", content(result["content"]));
      steps.push({ title: `step ${number}, ${nameOf(value["source"])}`, lines });
    },
    fit: (budget) => fit(steps, budget),
  };
}

function fit(steps: readonly Step[], budget: number): CondensedText {
  const total = steps.reduce((sum, { lines }) => sum + lines.reduce((all, { piece }) => all + piece.length, 0), 0);
  const first = steps.findIndex(({ title }) => title.endsWith(", user"));
  let rendered: readonly { readonly text: string; readonly kept: number }[] = [];
  for (const room of ROOMS) {
    rendered = steps.map((step, at) => render(step, at === first ? Math.max(room, INSTRUCTION_ROOM) : room));
    if (sizeOf(rendered) <= budget) return done(rendered, steps.length, total, null);
  }
  const [start, end] = ends(rendered, budget);
  const gap = { text: `[steps ${start + 1} to ${end} left out]`, kept: 0 };
  const kept = [...rendered.slice(0, start), gap, ...rendered.slice(end)];
  return done(kept, steps.length, total, { from: start + 1, to: end });
}

function render({ title, lines }: Step, room: number): { readonly text: string; readonly kept: number } {
  const shownLines = lines.map(({ label, piece }) => ({ label, ...shown(piece, room) }));
  return {
    text: [`--- ${title}`, ...shownLines.map(({ label, text }) => `${label}: ${text}`)].join("\n"),
    kept: shownLines.reduce((sum, { kept }) => sum + kept, 0),
  };
}

function sizeOf(rendered: readonly { readonly text: string }[]): number {
  return rendered.reduce((sum, { text }) => sum + text.length + 1, 0);
}

/** How many steps stay at the beginning, and from which one on at the end; at least one is left out. */
function ends(rendered: readonly { readonly text: string }[], budget: number): readonly [number, number] {
  let start = 0;
  let used = 0;
  for (; start < rendered.length - 1; start++) {
    const size = (rendered[start]?.text.length ?? 0) + 1;
    if (used + size > budget * BEGINNING && start > 0) break;
    used += size;
  }
  let end = rendered.length;
  while (end > start + 1) {
    const size = (rendered[end - 1]?.text.length ?? 0) + 1;
    if (used + size > budget) break;
    used += size;
    end -= 1;
  }
  return [start, end];
}

function done(
  parts: readonly { readonly text: string; readonly kept: number }[],
  steps: number,
  characters: number,
  gap: { readonly from: number; readonly to: number } | null,
): CondensedText {
  const shownCharacters = parts.reduce((sum, { kept }) => sum + kept, 0);
  const shownSteps = gap === null ? steps : steps - (gap.to - gap.from + 1);
  const cuts = [
    ...(gap === null ? [] : [`steps ${gap.from} to ${gap.to} of ${steps} were left out`]),
    ...(shownCharacters < characters ? [`${shownCharacters} of ${characters} characters are shown`] : []),
  ];
  return {
    text: parts.map(({ text }) => text).join("\n"),
    facts: { steps, shownSteps, characters, shownCharacters, cut: cuts.length === 0 ? null : cuts.join("; ") },
  };
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value.replaceAll(/\s+/g, " ").slice(0, 100) : "unknown";
}

function argumentsText(value: unknown): string {
  if (value === undefined || value === null) return "{}";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Text as it stands; of parts their texts, and a mark for every image. */
function textOf(content: unknown, step: number, images: ImageRef[]): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  const parts = content.map((part: unknown): string => {
    if (!isRecord(part)) return "";
    if (typeof part["text"] === "string") return part["text"];
    const { source } = part;
    if (!isRecord(source) || typeof source["path"] !== "string") return "";
    const mediaType = typeof source["media_type"] === "string" ? source["media_type"] : "";
    images.push({ path: source["path"], mediaType, step });
    return `[image ${images.length}]`;
  });
  return parts.filter((part) => part !== "").join("\n");
}
