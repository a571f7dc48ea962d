/**
 * GitHub's workflow commands, one line per pair and note. Escapes as GitHub documents them: %, CR and LF everywhere, and : and , in
 * properties; whatever a profile is called, it cannot begin a command of its own.
 */
import type { GateWord } from "./decision.ts";
import { gateNotes, type GateResult } from "./gate-result.ts";
import { wordText } from "./markdown.ts";

const LEVEL: Readonly<Record<GateWord, string>> = { "not-worse": "notice", worse: "error", inconclusive: "warning" };

export function gateAnnotations(result: GateResult): readonly string[] {
  return [
    ...result.decision.pairs.map(({ pair, word, because }) =>
      line(LEVEL[word], `regatta gate: ${pair.b} ${wordText(word)}`, `${pair.b} against ${pair.a}: ${because}.`),
    ),
    ...gateNotes(result).map((note) => line("notice", "regatta gate", note)),
  ];
}

function line(level: string, title: string, message: string): string {
  return `::${level} title=${escaped(title).replaceAll(":", "%3A").replaceAll(",", "%2C")}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
