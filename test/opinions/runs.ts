/** Jobs with trajectories worth an opinion, and `analyze` asking a model on loopback about them. */
import { agentStep, result, trajectory } from "../analytics/jobs.ts";
import { type Ended, makeProject, type Project } from "../support/project.ts";
import type { ModelEndpoint } from "../support/model-endpoint.ts";

type Files = Readonly<Record<string, unknown>>;

export function steps(...more: readonly unknown[]): Record<string, unknown> {
  return trajectory([
    { source: "user", message: "Fix the bug in parser.py." },
    agentStep([{ tool: "Read", args: { file_path: "parser.py" }, result: "def parse(): ..." }], { message: "I read." }),
    agentStep([{ tool: "Edit", args: { file_path: "parser.py" }, result: "done" }]),
    ...more,
  ]);
}

const MCP_STEP = agentStep([{ tool: "mcp__docs__search", args: { q: "parse" }, result: "found" }]);

const failed = { verifier_result: { rewards: { reward: 0 } } };

/** Two profiles (jobs) over one task: `alpha-zeta` succeeds with an MCP server, `beta-yota` fails without. */
export function twoProfiles(over: Files = {}): Record<string, string> {
  return texts({
    "jobs/alpha-zeta/fix__1/result.json": result({ task_name: "fix-bug" }),
    "jobs/alpha-zeta/fix__1/agent/trajectory.json": steps(MCP_STEP),
    "jobs/beta-yota/fix__1/result.json": result({ task_name: "fix-bug", ...failed }),
    "jobs/beta-yota/fix__1/agent/trajectory.json": steps(),
    "jobs/beta-yota/fix__1/verifier/test-stdout.txt": "FAILED test_parse: expected 1\n",
    ...over,
  });
}

export function texts(files: Files): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? content : JSON.stringify(content),
    ]),
  );
}

export const KEY = "sk-test-0123456789abcdef";

export interface Bed {
  readonly project: Project;
  readonly analyze: (...args: readonly string[]) => Promise<Ended>;
}

/** @param env in place of an Anthropic key and address */
export async function bed(
  endpoint: Pick<ModelEndpoint, "url">,
  files: Record<string, string> = twoProfiles(),
  env?: Readonly<Record<string, string>>,
): Promise<Bed> {
  const project = await makeProject(files);
  const variables = env ?? { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: endpoint.url };
  return {
    project,
    analyze: (...args) =>
      project.regatta(["analyze", "--runs", "jobs", "--output", "out", ...args], {
        XDG_CACHE_HOME: project.path("cache"),
        ...variables,
      }),
  };
}

export const MODEL = ["--model", "anthropic/claude-haiku-4-5"];
