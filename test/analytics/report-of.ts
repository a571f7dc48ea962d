/** A report made of jobs as `analyze` makes it, for tests that look at its text and for those that open it. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Analysis, observationsOf } from "../../src/analytics/analysis.ts";
import { compare, type Comparison } from "../../src/analytics/comparison/comparison.ts";
import { explore } from "../../src/analytics/comparison/explore.ts";
import type { Opinions } from "../../src/opinions/opinions.ts";
import { reportFiles } from "../../src/analytics/report/report.ts";
import { agentStep, analysisIn, exception, type Files, makeRuns, result, trajectory } from "./jobs.ts";

/** What agents and tasks could try to have done to a reader. */
export const EVIL = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `</title></style></script><script>alert(1)</script>`,
  `' onmouseover='alert(1)`,
  `javascript:alert(1)//`,
  `{{constructor}}<!--\u0000\u202e]]>`,
];

export interface Made {
  readonly dir: string;
  readonly analysis: Analysis;
  readonly comparison: Comparison | null;
  readonly files: Readonly<Record<string, string>>;
  readonly page: string;
}

/** The report of these jobs, as `analyze` makes it. @param opinionsOn what a model said of it */
export async function reportOf(
  jobs: Files,
  opinionsOn: (analysis: Analysis) => Opinions | null = () => null,
): Promise<Made> {
  const root = await makeRuns(jobs);
  const dir = join(root, "out");
  await mkdir(dir);
  const analysis = await analysisIn(root);
  const options = { alpha: 0.05, margin: 0.05, control: null, only: null, seed: 1 };
  const comparison =
    analysis.profiles.length < 2 ? null : compare(analysis.profiles, observationsOf(analysis), options);
  const exploratory = comparison === null ? [] : explore(analysis, comparison.pairs);
  const opinions = opinionsOn(analysis);
  const files = reportFiles({
    analysis,
    comparison,
    exploratory,
    opinions,
    chosenByOutcome: false,
    seed: 1,
    dir,
    beside: [],
  });
  return { dir, analysis, comparison, files, page: files["report.html"] ?? "" };
}

/** Two profiles over three tasks, twice each; one trial without a verdict, one without a cost. */
export function jobs(): Files {
  return Object.fromEntries(
    ["plain", "tools"].flatMap((profile) =>
      ["alpha", "beta", "gamma"].flatMap((task, at) =>
        [1, 2].flatMap((attempt): [string, unknown][] => {
          const path = `${profile}/${task}__${attempt}`;
          const failed = profile === "plain" && task === "beta" && attempt === 2;
          const free = profile === "tools" && task === "gamma" && attempt === 1;
          const calls = [
            { tool: "Bash", result: "ok" },
            ...(profile === "tools" ? [{ tool: "mcp__docs__find", result: "ok" }] : []),
          ];
          return [
            [
              `${path}/result.json`,
              result({
                task_name: task,
                ...(failed ? { verifier_result: null, exception_info: exception("RewardFileNotFoundError") } : {}),
                ...(failed
                  ? {}
                  : { verifier_result: { rewards: { reward: profile === "tools" || at === 0 ? 1 : 0 } } }),
                agent_result: {
                  n_input_tokens: 1000 * (at + 1),
                  n_output_tokens: 100 * attempt,
                  cost_usd: free ? null : 0.25 * (at + 1),
                },
              }),
            ],
            [`${path}/agent/trajectory.json`, trajectory([agentStep(calls)])],
            [`${path}/trial.log`, "log"],
          ];
        }),
      ),
    ),
  );
}

/** Every name and message is an attempt. */
export function hostileJobs(): Files {
  return Object.fromEntries(
    EVIL.flatMap((evil, at): [string, unknown][] => {
      const own = {
        task_name: evil,
        agent_info: { name: evil, version: evil, model_info: { name: evil, provider: evil } },
      };
      return [
        [`job-${at % 2}/t__${at}/result.json`, result(own)],
        [`job-${at % 2}/t__${at}/agent/trajectory.json`, trajectory([agentStep([{ tool: `mcp__${evil}__${evil}` }])])],
        [`job-${at % 2}/t__${at}/agent/<img src=x onerror=alert(1)>.txt`, ""],
        [
          `job-${at % 2}/bad__${at}/result.json`,
          result({ ...own, verifier_result: null, exception_info: exception("RewardFileNotFoundError", evil) }),
        ],
      ];
    }),
  );
}
