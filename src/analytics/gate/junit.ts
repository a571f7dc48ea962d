/**
 * JUnit XML as CI systems read it: one suite, one test case per pair of profiles. Worse is a failure; inconclusive is a skipped
 * test with the reason, neither red nor green; the exit code tells it apart. Tasks are listed in the case's output: a single
 * task that lost is no failure by the rule.
 */
import { points } from "../comparison/answer.ts";
import { isComputed } from "../../statistics/computed.ts";
import type { GatedPair } from "./decision.ts";
import { gateNotes, type GateResult, lossesOf } from "./gate-result.ts";
import { plural } from "../../terminal/figures.ts";

export function gateJunit(result: GateResult): string {
  const { decision, a, b } = result;
  const failures = decision.pairs.filter(({ word }) => word === "worse").length;
  const skipped = decision.pairs.filter(({ word }) => word === "inconclusive").length;
  const counts = `tests="${decision.pairs.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
  const output = [
    decision.rule,
    ...gateNotes(result),
    ...result.drift.map(({ what, a: x, b: y }) => `${what}: ${x} → ${y}`),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="regatta gate" ${counts}>`,
    `  <testsuite name="${xml(`regatta gate ${a} ${b}`)}" ${counts} time="0">`,
    ...decision.pairs.flatMap(testCase),
    `    <system-out>${xml(output.join("\n"))}</system-out>`,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(gated: GatedPair): readonly string[] {
  const { pair, word, because } = gated;
  const message = xml(`${word}: ${because}`);
  const verdict =
    word === "worse"
      ? [`      <failure type="worse" message="${message}"/>`]
      : word === "inconclusive"
        ? [`      <skipped message="${message}"/>`]
        : [];
  const lines = [
    isComputed(pair.difference)
      ? `difference of reward ${points(pair.difference.mean)} over ${plural(pair.tasks, "shared task")}; ahead at ${pair.wins}, behind at ${pair.losses}, level at ${pair.ties}`
      : pair.difference.notComputed,
    because,
    ...lossesOf(gated).map(({ task, difference }) => `${task}: ${points(difference)}`),
  ];
  return [
    `    <testcase classname="regatta.gate" name="${xml(`${pair.b} is not worse than ${pair.a}`)}" time="0">`,
    ...verdict,
    `      <system-out>${xml(lines.join("\n"))}</system-out>`,
    "    </testcase>",
  ];
}

/** Characters that XML 1.0 has no way to write are left out. */
function xml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
