/** What the run shows of what the profile adds to a bare agent: MCP servers and hooks. Of trials that Regatta ran itself. */
import type { TreatmentSeen } from "../../contract/treatment.ts";
import { from, type Known, notComputed, ratio } from "../known.ts";
import { isMissing, type Trial } from "../trial.ts";
import type { Metric } from "./metric.ts";

const FILE = ".regatta/treatment.json";
const servers = `${FILE}, seen.servers`;
const hooks = `${FILE}, seen.hooks`;

function overTreatment(compute: (seen: TreatmentSeen["seen"], trial: Trial) => Known): Metric["compute"] {
  return (trial) =>
    isMissing(trial.treatment) ? notComputed(trial.treatment.missing) : compute(trial.treatment, trial);
}

const NOT_TOLD = "the run does not tell it of every server";

function hookSeconds({ hooks: events }: TreatmentSeen["seen"]): Known {
  const ran = events.filter(({ runs }) => runs > 0);
  const told = ran.flatMap(({ seconds }) => seconds ?? []);
  if (told.length < ran.length) return notComputed("no run of some event's hooks tells how long it took");
  return told.reduce((sum, seconds) => sum + seconds, 0);
}

export const TREATMENT: readonly Metric[] = [
  {
    name: "servers_connected",
    unit: "count",
    definition: "MCP servers of the profile that the agent says it was connected to.",
    source: servers,
    compute: overTreatment(({ servers: all }) =>
      all.some(({ status }) => status === null)
        ? notComputed(NOT_TOLD)
        : all.filter(({ status }) => status === "connected").length,
    ),
  },
  {
    name: "server_tools",
    unit: "count",
    definition: "Tools of the profile's MCP servers that the model was offered.",
    source: servers,
    compute: overTreatment(({ servers: all }) => {
      const tools = all.flatMap(({ tools: offered }) => offered ?? []);
      return tools.length < all.length ? notComputed(NOT_TOLD) : tools.reduce((sum, offered) => sum + offered, 0);
    }),
  },
  {
    name: "servers_unused",
    unit: "count",
    definition:
      "MCP servers of the profile of which no tool was called, in the main conversation or by a subagent; those that are known not to have been connected aside.",
    source: servers,
    compute: overTreatment(
      ({ servers: all }) =>
        all.filter(({ status, calls }) => calls === 0 && (status === null || status === "connected")).length,
    ),
  },
  {
    name: "hook_runs",
    unit: "count",
    definition: "Runs of the profile's hooks.",
    source: hooks,
    compute: overTreatment(({ hooks: all }) => all.reduce((sum, { runs }) => sum + runs, 0)),
  },
  {
    name: "hook_failures",
    unit: "count",
    definition:
      "Runs of the profile's hooks that failed or ran out of time. One that stops a call on purpose has not failed.",
    source: hooks,
    compute: overTreatment(({ hooks: all }) => all.reduce((sum, { failures }) => sum + failures, 0)),
  },
  {
    name: "hook_sec",
    unit: "s",
    definition: "Time of the profile's hooks, added up over the runs that tell it.",
    source: hooks,
    compute: overTreatment(hookSeconds),
  },
  {
    name: "hook_share",
    unit: "ratio",
    definition: "hook_sec / agent_sec. Hooks that run side by side are added up, so that it can be above 1.",
    source: `${hooks}; result.json, agent_execution`,
    compute: overTreatment((seen, { seconds }) =>
      from([hookSeconds(seen), seconds.agent], (spent, agent) => ratio(spent, agent, "the agent's run took no time")),
    ),
  },
].map((metric): Metric => ({ ...metric, onlyWithFile: true }) as Metric);
