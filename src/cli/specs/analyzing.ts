/** `analyze`. */
import type { CommandSpec } from "../command-spec.ts";
import { batch, DONE, json, profiles, tasks } from "./common.ts";

export const analyzing = {
  analyze: {
    reapsFirst: true,
    summary: "say which profile won, by how much and how sure that is; of a batch, or of any Harbor jobs",
    details:
      "Writes report.html (one self-contained page, its figures also as figures/*.svg and *.csv), comparisons.json, comparison_report.md, " +
      "metrics_detail.csv, metrics_summary.csv and aggregate_metrics.json to the batch's analytics/, or to --output; " +
      "with --runs nothing without it. A trial that cannot be read is listed with the reason. docs/metrics.md says what each metric is.\n\n" +
      "With --model a model's opinion is written too (strategy_analysis.json, failure_analyses.json, mcp_utilization.json, comparative_narratives.md, " +
      "synthesis.md, paper_snippets.md), marked as one; docs/opinions.md says what it is asked. Keys: ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY, " +
      "in the environment or in experiments/.env; addresses: ANTHROPIC_BASE_URL, OPENAI_BASE_URL.",
    arguments: { batch },
    options: {
      batch: { shape: "whole-number", flags: "--batch <n>", min: 0, description: "batch n instead of the latest" },
      runs: {
        shape: "text",
        flags: "--runs <dir>",
        description: "any Harbor jobs instead: a batch's runs/, one job, or a folder of jobs",
        values: "directory",
      },
      by: {
        shape: "text",
        flags: "--by <what>",
        description: "what a profile is in jobs that are not Regatta's: job, agent, model or config",
        values: ["job", "agent", "model", "config"],
      },
      tasks,
      profiles,
      limit: { shape: "whole-number", flags: "--limit <n>", description: "at most n trials" },
      succeeded: { shape: "switch", flags: "--succeeded", description: "only trials that succeeded" },
      failed: { shape: "switch", flags: "--failed", description: "only scored trials that did not succeed" },
      list: { shape: "switch", flags: "--list", description: "print every trial and every reason, and write nothing" },
      compare: {
        shape: "list",
        flags: "--compare <profiles...>",
        description: "these two profiles alone: the second against the first",
        values: "profile",
      },
      control: {
        shape: "text",
        flags: "--control <profile>",
        description: "compare this profile with all others, instead of all pairs",
        values: "profile",
      },
      margin: {
        shape: "number",
        flags: "--margin <reward>",
        description: "profiles that differ by less are equivalent; default: [analysis], else 0.05",
      },
      alpha: {
        shape: "number",
        flags: "--alpha <p>",
        description: "accepted chance of a false alarm; default: [analysis], else 0.05",
      },
      rewardKey: {
        shape: "text",
        flags: "--reward-key <name>",
        description: 'which reward counts; default: [analysis], else "reward"',
      },
      successAt: {
        shape: "number",
        flags: "--success-at <reward>",
        description: "a reward of at least this is a success; default: [analysis], else 1",
      },
      seed: {
        shape: "whole-number",
        flags: "--seed <n>",
        min: 0,
        description: "of what is drawn at random; default 1",
      },
      asHarbor: {
        shape: "switch",
        flags: "--as-harbor",
        description: "also Harbor's own figures of each job, and why ours differ",
      },
      output: {
        shape: "text",
        flags: "-o, --output <dir>",
        description: "where the files go; default: the batch's analytics/",
        values: "directory",
      },
      format: {
        shape: "text",
        flags: "--format <format>",
        description: "csv, or parquet to have metrics_detail.parquet as well (needs the program duckdb)",
        values: ["csv", "parquet"],
      },
      verifyCache: {
        shape: "switch",
        flags: "--verify-cache",
        description: "compare the contents of files with what was read before, not only their times and sizes",
      },
      model: {
        shape: "text",
        flags: "--model <provider/name>",
        description:
          "also ask this model for its opinion, such as anthropic/claude-haiku-4-5; without it, none is asked",
      },
      llm: { shape: "switch", flags: "--no-llm", description: "ask no model, whatever else is said" },
      llmOnly: {
        shape: "switch",
        flags: "--llm-only",
        description: "with --model: only its opinion; metrics and comparisons are neither printed nor written",
      },
      estimateCost: {
        shape: "switch",
        flags: "--estimate-cost",
        description: "with --model: print what asking would cost, ask nothing, write nothing",
      },
      agreement: {
        shape: "text",
        flags: "--agreement <labels.csv>",
        description: "with --model: Cohen's kappa between its labels and those of people in this file",
      },
      quiet: { shape: "switch", flags: "-q, --quiet", description: "print nothing, only write" },
      json: json("aggregate_metrics.json on the screen, and the opinions where a model was asked"),
    },
    examples: [
      ["regatta analyze experiments/demo.toml", "the latest batch"],
      ["regatta analyze experiments/demo.toml --batch 3 --failed --list", "what failed in batch 3"],
      ["regatta analyze --runs jobs --by model --output analytics", "any Harbor jobs, one profile per model"],
      ["regatta analyze --runs jobs/2026-04-17__17-44-49 --as-harbor", "against Harbor's own figures"],
      [
        "regatta analyze experiments/demo.toml --model anthropic/claude-haiku-4-5 --estimate-cost",
        "what opinions cost",
      ],
      ["regatta analyze experiments/demo.toml --model anthropic/claude-haiku-4-5", "and why, in a model's opinion"],
    ],
    exitCodes: [
      DONE,
      ["1", "there is no trial that could be read, or a model was asked and gave no answer at all"],
      ["2", "bad input; without a key for --model, everything that needs no model is done all the same"],
    ],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
