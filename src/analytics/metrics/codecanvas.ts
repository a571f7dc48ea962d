/** What the CodeCanvas evidence board tells; absent for every other tool. Definitions are CodeCanvas's own. */
import type { CanvasState } from "../canvas-state.ts";
import { from, type Known, notComputed, ratio } from "../known.ts";
import { isMissing, type Trial } from "../trial.ts";
import { filesOf } from "./files.ts";
import type { Metric } from "./metric.ts";

const FILE = "agent/sessions/codecanvas/state.json";

function overCanvas(compute: (canvas: CanvasState, trial: Trial) => Known): Metric["compute"] {
  return (trial) => (isMissing(trial.canvas) ? notComputed(trial.canvas.missing) : compute(trial.canvas, trial));
}

/** The same file, whatever folder each side counts from: one path ends with the other, of at most three names. */
export function sameFile(a: string, b: string): boolean {
  const [left, right] = [tail(a), tail(b)];
  return left === right || left.endsWith(`/${right}`) || right.endsWith(`/${left}`);
}

function tail(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .slice(-3)
    .join("/");
}

function editRate({ blastRadius }: CanvasState, { trajectory }: Trial): Known {
  if (isMissing(trajectory)) return notComputed(trajectory.missing);
  const edited = [...filesOf(trajectory, "edit")];
  const inside = edited.filter((file) => blastRadius.some((other) => sameFile(file, other))).length;
  return ratio(inside, edited.length, "nothing was edited");
}

function anticipatedRate({ blastRadius }: CanvasState, { tests }: Trial): Known {
  if (isMissing(tests)) return notComputed(tests.missing);
  const inside = tests.failedTests.filter((file) => blastRadius.some((other) => sameFile(file, other))).length;
  return ratio(inside, tests.failedTests.length, "no test failed");
}

function depth({ claims, plans }: CanvasState): number {
  return claims + plans;
}

/** A part with nothing to measure (no edit, no failed test) counts as 0 in the score, by its definition; an unknown one does not. */
function asPart(value: Known, nothingToMeasure: string): Known {
  return typeof value !== "number" && value.notComputed === nothingToMeasure ? 0 : value;
}

export const CODECANVAS: readonly Metric[] = [
  {
    name: "canvas_evidence",
    unit: "count",
    definition: "Pieces of evidence on the board.",
    source: `${FILE}, evidence`,
    compute: overCanvas(({ evidence }) => evidence),
  },
  {
    name: "canvas_claims",
    unit: "count",
    definition: "Claims: hypotheses, findings, questions.",
    source: `${FILE}, claims`,
    compute: overCanvas(({ claims }) => claims),
  },
  {
    name: "canvas_decisions",
    unit: "count",
    definition: "Decisions of any kind.",
    source: `${FILE}, decisions`,
    compute: overCanvas(({ decisions }) => decisions),
  },
  {
    name: "canvas_blast_radius_edit_rate",
    unit: "ratio",
    definition:
      "Of the files edited, the part that holds a symbol which an impact analysis found affected. Paths are the same file when the last three names agree.",
    source: `${FILE}, analyses and symbol_files; agent/trajectory.json`,
    compute: overCanvas(editRate),
  },
  {
    name: "canvas_anticipated_failure_rate",
    unit: "ratio",
    definition: "Of the failed tests, the part whose file holds a symbol which an impact analysis found affected.",
    source: `${FILE}, analyses and symbol_files; verifier/*ctrf*.json`,
    compute: overCanvas(anticipatedRate),
  },
  {
    name: "canvas_deliberation_depth",
    unit: "count",
    definition: "Claims + decisions of the kind plan.",
    source: `${FILE}, claims and decisions`,
    compute: overCanvas(depth),
  },
  {
    name: "canvas_reasoning_density",
    unit: "ratio",
    definition: "canvas_claims / canvas_evidence.",
    source: `${FILE}, claims and evidence`,
    compute: overCanvas(({ claims, evidence }) => ratio(claims, evidence, "there is no evidence on the board")),
  },
  {
    name: "canvas_systematic_progress",
    unit: "ratio",
    definition: "(addressed + skipped symbols) / affected symbols, over all impact analyses.",
    source: `${FILE}, analyses`,
    compute: overCanvas(({ dealtWith, affected }) => ratio(dealtWith, affected, "no symbol was found affected")),
  },
  {
    name: "canvas_informed_editing_score",
    unit: "ratio",
    definition:
      "0.4 · canvas_blast_radius_edit_rate + 0.3 · canvas_anticipated_failure_rate + 0.3 · min(canvas_deliberation_depth, 3) / 3. No edit, or no failed test, counts as 0 in it.",
    source: `${FILE}, agent/trajectory.json, verifier/*ctrf*.json`,
    compute: overCanvas((canvas, trial) =>
      from(
        [
          asPart(editRate(canvas, trial), "nothing was edited"),
          asPart(anticipatedRate(canvas, trial), "no test failed"),
        ],
        (edits, anticipated) => 0.4 * edits + 0.3 * anticipated + (0.3 * Math.min(depth(canvas), 3)) / 3,
      ),
    ),
  },
].map((metric): Metric => ({ ...metric, onlyWithFile: true }) as Metric);
