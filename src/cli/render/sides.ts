/** Two sides: what is not the same besides what is compared, first; then the answer. */
import type { Comparison } from "../../app/analyze.ts";
import { isComputed, range } from "../../app/analyze.ts";
import type { ComparedSides } from "../../app/compare.ts";
import type { Gated } from "../../app/gate.ts";
import { gateNotes, leftOutNotes, resultOf } from "../../app/gate-files.ts";
import { dollars, mean, plural, UNKNOWN } from "../../terminal/figures.ts";
import { grid, type GridCell } from "../../terminal/grid.ts";
import { type Paint, paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { wrap } from "../../terminal/text-width.ts";
import { comparisonText } from "./comparison.ts";
import { cut, type Look, textOf } from "./style.ts";

export function compareText(found: ComparedSides, look: Look): string {
  const paint = paintFor(look.color);
  return (
    textOf([...headLines(found, look, paint, true), ...profileTable(found.comparison, look, paint), ""]) +
    comparisonText(found.comparison, look)
  );
}

const GATE_WORD = {
  "not-worse": { text: "not worse", style: "green" },
  worse: { text: "worse", style: "red" },
  inconclusive: { text: "inconclusive", style: "yellow" },
} as const;

export function gateText(found: Gated, look: Look): string {
  const paint = paintFor(look.color);
  const { word, pairs, rule } = found.decision;
  const shown = GATE_WORD[word];
  return textOf([
    ...headLines({ ...found, historical: null, missingTasks: [], leftOut: [] }, look, paint, false),
    ...profileTable(found.comparison, look, paint),
    "",
    paint(`gate: ${shown.text}`, shown.style),
    ...pairs.flatMap(({ pair, word: own, because }) =>
      wrap(
        `${printable(pair.b)} against ${printable(pair.a)}: ${GATE_WORD[own].text}; ${printable(because)}.`,
        look.columns,
      ),
    ),
    ...gateNotes(resultOf(found)).flatMap((note) => wrap(printable(note), look.columns)),
    ...wrap(rule, look.columns).map((line) => paint(line, "dim")),
  ]);
}

function headLines(
  { sides, drift, historical, changedTasks, missingTasks, leftOut }: ComparedSides,
  look: Look,
  paint: Paint,
  compares: boolean,
): readonly string[] {
  // Those that only their checksums tell are named in a line of their own.
  const told = drift.filter(({ about, what }) => about !== "task" || !changedTasks.includes(what));
  const lines = told.flatMap(({ about, what, a, b }) =>
    wrap(`${about}: ${printable(what)}: ${printable(a)} → ${printable(b)}`, look.columns - 2).map(
      (line) => `  ${line}`,
    ),
  );
  return [
    ...sides.map(({ side, name, read, startedAt }) =>
      [
        `${side} = ${printable(name)}`,
        plural(read, "trial"),
        ...(startedAt === null ? [] : [`from ${printable(startedAt.slice(0, 16))}`]),
      ].join(", "),
    ),
    "",
    paint(
      told.length === 0
        ? drift.length === 0
          ? "drift: none that is recorded"
          : "drift: tasks alone"
        : "drift between them",
      "bold",
    ),
    ...cut(lines),
    ...(!compares || changedTasks.length === 0
      ? []
      : wrap(
          `${plural(changedTasks.length, "task")} not the same any more under one name, and compared all the same: ${changedTasks.map(printable).join(", ")}.`,
          look.columns,
        )),
    ...(missingTasks.length === 0
      ? []
      : wrap(
          `B has no trial of ${plural(missingTasks.length, "task")} that A has a score for: ${missingTasks.map(printable).join(", ")}.`,
          look.columns,
        )),
    ...leftOutNotes(leftOut).flatMap((note) => wrap(printable(note), look.columns)),
    ...(historical === null
      ? []
      : ["", ...wrap(`Warning: ${printable(historical)}`, look.columns).map((line) => paint(line, "yellow"))]),
    "",
  ];
}

function profileTable({ profiles }: Comparison, look: Look, paint: Paint): readonly string[] {
  const heading = ["profile", "success", "95 %", "mean reward", "scored", "cost per solved"];
  const rows = profiles.map(({ profile, success, reward, scored, trials, costPerSolved }): GridCell[] => [
    printable(profile),
    isComputed(success.value) ? `${(100 * success.value).toFixed(1)} %` : UNKNOWN,
    range(success.interval),
    isComputed(reward.value) ? mean(reward.value) : UNKNOWN,
    `${scored}/${trials}`,
    isComputed(costPerSolved.value) ? dollars(costPerSolved.value) : UNKNOWN,
  ]);
  const right = { align: "right" as const };
  return grid(
    [{ min: 8 }, right, { drop: 1 }, right, right, { ...right, drop: 2 }],
    [heading.map((text) => ({ text, style: "dim" as const })), ...rows],
    { columns: look.columns, paint },
  );
}
