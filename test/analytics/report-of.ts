/** A report made of jobs as `analyze` makes it, for tests that look at its text and for those that open it. */
import { mkdir, rm } from "node:fs/promises";
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

/**
 * The report of these jobs, as `analyze` makes it.
 *
 * @param opinionsOn what a model said of it
 * @param lost files that are gone by the time the report is made
 */
export async function reportOf(
  jobs: Files,
  opinionsOn: (analysis: Analysis) => Opinions | null = () => null,
  lost: readonly string[] = [],
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
  for (const name of lost) await rm(join(root, name));
  const files = reportFiles({
    analysis,
    comparison,
    exploratory,
    opinions,
    chosenByOutcome: false,
    seed: 1,
    dir,
    from: null,
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

/** One step for each command, ten seconds and a cent each; `✗` before it = it failed. */
export function ranCommands(commands: readonly string[]): Record<string, unknown> {
  return trajectory(
    commands.map((command, at) =>
      agentStep(
        [
          {
            tool: "Bash",
            args: { command: command.replace(/^✗/, "") },
            result: command.startsWith("✗") ? "Error: no" : "ok",
          },
        ],
        {
          timestamp: new Date(Date.UTC(2026, 0, 1) + at * 10_000).toISOString(),
          metrics: { prompt_tokens: 900 + at, completion_tokens: 100, cost_usd: 0.01 },
        },
      ),
    ),
  );
}

const START = [
  "ls -la",
  "git log --oneline | head -20",
  "cat README.md",
  "cat pyproject.toml",
  "ls src/",
  "grep -rn 'def parse' src/",
];

/**
 * Two profiles over tasks that one of them solves: `fix-parser` with steps that part, are alike and meet again, `long` with more than a
 * page can show, `bare`, `cut` and `newer` with trajectories that are missing, damaged, and of a version to come; `even` is no one's.
 */
export function partedJobs(): Files {
  const of = (profile: "plain" | "tools", task: string, reward: number, agent: unknown, attempt = 1): Files => ({
    [`${profile}/${task}__${attempt}/result.json`]: result({
      task_name: task,
      verifier_result: { rewards: { reward } },
      started_at: `2026-01-01T00:0${attempt}:00Z`,
      ...(task === "long" ? { agent_result: null } : {}),
    }),
    ...(agent === null ? {} : { [`${profile}/${task}__${attempt}/agent/trajectory.json`]: agent }),
  });
  const fixed = ["python -m pytest -q tests/test_parser.py", "git diff --stat", "git status --short"];
  return {
    ...of(
      "plain",
      "fix-parser",
      0,
      ranCommands([
        ...START,
        "sed -n 1,80p src/parser.py",
        "✗python -m pytest -q",
        "sed -i 's/None/0/' src/parser.py",
        ...fixed,
      ]),
    ),
    ...of(
      "tools",
      "fix-parser",
      1,
      ranCommands([
        ...START,
        "codegraph callers parse_token --depth 3",
        "sed -n 1,80p src/lexer.py",
        "sed -n 200,320p src/lexer.py",
        `cat > tests/test_empty.py <<'EOF'\n${"def test_empty(): assert parse('') == []\n".repeat(20)}EOF`,
        "sed -i 's/if token:/if token is not None:/' src/parser.py",
        ...fixed,
      ]),
    ),
    ...of(
      "plain",
      "long",
      1,
      ranCommands(Array.from({ length: 400 }, (_, at) => (at % 9 === 4 ? `make ${at}` : `ls ${at}`))),
    ),
    ...of(
      "tools",
      "long",
      0,
      ranCommands(Array.from({ length: 400 }, (_, at) => (at % 9 === 4 ? `echo ${at}` : `ls ${at}`))),
    ),
    ...of("plain", "bare", 0, null),
    ...of("tools", "bare", 1, ranCommands(START)),
    ...of("plain", "cut", 0, JSON.stringify(ranCommands(START)).slice(0, 700)),
    ...of("tools", "cut", 1, ranCommands(START)),
    ...of("plain", "newer", 0, { ...ranCommands(START), schema_version: "ATIF-v2.0" }),
    ...of("tools", "newer", 1, ranCommands(START.slice(0, 3))),
    ...of("plain", "even", 1, ranCommands(START)),
    ...of("tools", "even", 1, ranCommands(START)),
    // Half of each: the difference is smaller than that of the others.
    ...of("plain", "twice", 0, ranCommands(START), 1),
    ...of("plain", "twice", 0, ranCommands(START), 2),
    ...of("tools", "twice", 0, ranCommands(START), 1),
    ...of("tools", "twice", 1, ranCommands([...START, "make"]), 2),
  };
}

/** Both sides of every pair try to get out of their place on the page: by their names, their tools and what these were given. */
export function hostilePartings(): Files {
  return Object.fromEntries(
    EVIL.flatMap((evil, at) =>
      [0, 1].flatMap((side): [string, unknown][] => {
        const dir = `job-${side}/$(touch owned)'p__${at}`;
        const calls = [
          { tool: "Bash", args: { command: evil }, result: evil },
          { tool: evil, args: { [evil]: evil, file_path: `/${evil}` } },
          { tool: "Bash", args: { command: `${side} ${evil}` } },
        ];
        return [
          [
            `${dir}/result.json`,
            result({ task_name: `${evil} parted`, verifier_result: { rewards: { reward: side } } }),
          ],
          [`${dir}/agent/trajectory.json`, trajectory([agentStep(calls)], { schema_version: "ATIF-v9.9" })],
        ];
      }),
    ),
  );
}
