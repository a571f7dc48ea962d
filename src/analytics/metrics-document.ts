/** docs/metrics.md, from the metrics themselves. */
import { METRIC_GROUPS } from "./metrics/registry.ts";

export function metricsDocument(): string {
  const sections = METRIC_GROUPS.flatMap(([title, metrics]) => [
    "",
    `## ${title}`,
    "",
    "| metric | unit | definition | source |",
    "| --- | --- | --- | --- |",
    ...metrics.map(
      ({ name, unit, definition, source }) => `| \`${name}\` | ${cell(unit)} | ${cell(definition)} | ${cell(source)} |`,
    ),
  ]);
  return `${[...INTRODUCTION, ...sections].join("\n")}\n`;
}

/** What is in code stands as it is, but for the bar, which would end the cell there too. */
function cell(text: string): string {
  return text
    .replaceAll("|", "\\|")
    .split(/(`[^`]*`)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replaceAll(/[*<]/g, "\\$&")))
    .join("");
}

const INTRODUCTION = [
  "# Metrics",
  "",
  "Made from the sources by `npm run generate`: what `regatta analyze` computes of each trial, and writes to `metrics_detail.csv`",
  "(one line per trial), `metrics_summary.csv` (one per profile and metric) and `aggregate_metrics.json`.",
  "",
  "A value is a number or not computed, and then `not_computed` says why; unknown is never 0. Files are relative to the trial's directory.",
  "Calls of tools (`tool_calls`, `unique_tools`, and everything under Tools) are those of the main conversation and of the subagents embedded in the",
  "trajectory; steps, loops, files and signs of trouble are of the main conversation alone.",
  "The metrics under Noise, Treatment and CodeCanvas have columns only where some trial has them.",
  "",
  "In CSV files a text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) has a `'`",
  "in front. Numbers are always plain numbers.",
];
