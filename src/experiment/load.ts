/**
 * From an experiment file to an Experiment: read, parse, check every table, apply inheritance, look at every path.
 *
 * Each step reports what is wrong and goes on, so that one launch tells all problems. Only a text that is no TOML, or
 * is of another schema version, ends at once: nothing after that would mean anything.
 */
import { resolve } from "node:path";

import type { Experiment, Origin, RunSettings } from "../contract/experiment.ts";
import { UserError } from "../contract/failure.ts";
import type { AgentKeys } from "./agent-keys.ts";
import { resolveAnalysis } from "./analysis-settings.ts";
import { DEFAULT_ENV_FILE } from "./defaults.ts";
import { extendsChains } from "./extends-chain.ts";
import { checkPaths, fromRoot, isFile, projectRoot, type PathCheck } from "./paths.ts";
import { ExperimentErrors, type Problem, type Report } from "./problems.ts";
import { readDefaults, readProfiles } from "./profile-tables.ts";
import { resolveProfile } from "./profiles.ts";
import { readText } from "./read-text.ts";
import { overrideFaults, resolveRun, type Overrides } from "./run-settings.ts";
import { resolveBudget, resolveGateway } from "./gateway-settings.ts";
import { readMcpSources } from "./mcp-sources.ts";
import { readSections } from "./sections.ts";
import { readTasks } from "./task-list.ts";
import { parseDocument } from "./document.ts";

export interface LoadOptions {
  /** Those that an engine can run. */
  readonly agents: (engine: RunSettings["engine"]) => readonly AgentKeys[];
  readonly overrides?: Overrides;
  /**
   * The file is a copy of the one that was here (absolute): its paths start where those of that one started, whether or not that one
   * is there still.
   */
  readonly copyOf?: string;
}

/**
 * @param file as the user gave it; errors show it so
 * @throws ExperimentErrors with all problems; UserError when it cannot be read as text at all
 */
export async function loadExperiment(file: string, options: LoadOptions): Promise<Experiment> {
  const overrides = options.overrides ?? {};
  const faults = overrideFaults(overrides);
  if (faults.length > 0) throw new UserError("A flag has a value that cannot be used:", faults);

  const absolute = resolve(file);
  const source = await readText(file, absolute);
  const place = options.copyOf ?? absolute;
  const root = projectRoot(place);
  const problems: Problem[] = [];
  const report: Report = ({ line, column }, { hint, ...problem }) => {
    problems.push({ file, line, column, ...problem, ...(hint === undefined ? {} : { hint }) });
  };

  const document = parseDocument(file, source);
  const sections = readSections(document, report);
  const run = resolveRun(sections.run, root, overrides, report);
  const agents = new Map(options.agents(run.settings.engine).map((agent) => [agent.name, agent]));
  const tasks = readTasks(sections.tasks, root, report);
  const mcp = readMcpSources(sections.mcp, root, report);
  const checks: PathCheck[] = [...run.checks, ...tasks.checks, ...mcp.checks];
  const reading = { agents, root, report, checks };
  const defaults = sections.defaults === null ? null : readDefaults(sections.defaults, reading);
  const tables = readProfiles(sections.profiles, reading);
  const chains = extendsChains(tables.links, report);

  const envFile = fromRoot(root, DEFAULT_ENV_FILE);
  const defaultEnvFile = (await isFile(envFile)) ? envFile : null;
  const context = { sources: tables.sources, chains, defaults, agents, root, defaultEnvFile };
  const profiles = [...tables.sources.values()].map((profile) => resolveProfile(profile, context, report));
  const analysis = resolveAnalysis(sections.analysis, [...tables.sources.keys()], report);
  const gateway = resolveGateway(sections.gateway);
  const budget = resolveBudget(sections.budget);
  await checkPaths(checks, report);
  if (problems.length > 0) throw new ExperimentErrors(file, problems);

  return {
    slug: sections.slug,
    name: sections.name,
    file: place,
    root,
    source,
    run: run.settings,
    tasks: tasks.tasks,
    profiles: profiles.map(({ profile }) => profile),
    artifactTargets: sections.artifactTargets,
    mcpAliases: sections.mcpAliases,
    mcp: mcp.sources,
    analysis: analysis.settings,
    gateway: gateway.settings,
    budget: budget.settings,
    origins: joined([
      sections.origins,
      run.origins,
      tasks.origins,
      analysis.origins,
      gateway.origins,
      budget.origins,
      ...profiles.map(({ origins }) => origins),
    ]),
  };
}

function joined(parts: readonly ReadonlyMap<string, Origin>[]): Readonly<Record<string, Origin>> {
  const all: Record<string, Origin> = Object.create(null);
  for (const part of parts) for (const [key, origin] of part) all[key] = origin;
  return all;
}
