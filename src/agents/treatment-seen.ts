/** What a run shows of its treatment, held against what was asked for. */
import { failure, type Failure } from "../contract/failure.ts";
import type { Profile } from "../contract/experiment.ts";
import type { Treatment, TreatmentSeen } from "../contract/treatment.ts";
import type { SessionReading } from "./atif/session-reading.ts";
import { isServerOfTool } from "./mcp-tool-names.ts";

export interface Shown {
  /** Of the agent's program, as it says itself. */
  readonly version: string | null;
  readonly effectiveReasoning: string | null;
  /** By server: the agent's own word for its state; a server it says nothing of is not there. */
  readonly servers: ReadonlyMap<string, string>;
  /** Of each server, offered to the model; null = not told. */
  readonly toolsOf: (server: string) => number | null;
  /** Events of hooks that happened, by the agent's word; null = the run does not tell. */
  readonly happened: ReadonlySet<string>;
  /** Why this was not the treatment, beyond servers and hooks. */
  readonly wrong: readonly string[];
  /** The agent tells what became of servers. */
  readonly tellsServers: boolean;
}

export function treatmentSeen(
  profile: Profile,
  treatment: Treatment,
  reading: SessionReading,
  shown: Shown,
): TreatmentSeen {
  const events = [...new Set(treatment.hooks.map(({ event }) => event))];
  const runsOf = (event: string) => reading.hookRuns.filter((run) => run.event === event);
  const missing = [
    ...shown.wrong,
    ...treatment.servers.flatMap(({ name }) => {
      const status = shown.servers.get(name);
      if (!shown.tellsServers || status === "connected") return [];
      return [`the MCP server "${name}" is ${status === undefined ? "not there" : status}`];
    }),
    ...events.flatMap((event) =>
      shown.happened.has(event) && runsOf(event).length === 0 ? [`${event} happened, and none of its hooks ran`] : [],
    ),
  ];
  return {
    schema_version: 1,
    asked: {
      version: treatment.version,
      model: profile.model,
      reasoning: profile.reasoning,
      servers: treatment.servers.map(({ name }) => name),
      hooks: events,
    },
    seen: {
      version: shown.version,
      models: reading.servedModels,
      effective_reasoning: shown.effectiveReasoning,
      servers: treatment.servers.map(({ name }) => ({
        name,
        status: shown.servers.get(name) ?? null,
        tools: shown.toolsOf(name),
        ...callsOf(name, reading),
      })),
      hooks: events.map((event) => {
        const runs = runsOf(event);
        const timed = runs.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]));
        return {
          event,
          runs: runs.length,
          failures: runs.filter(({ outcome }) => outcome === "error" || outcome === "cancelled").length,
          seconds: timed.length === 0 ? null : timed.reduce((sum, each) => sum + each, 0),
        };
      }),
    },
    missing,
  };
}

function callsOf(server: string, { toolCalls }: SessionReading): { readonly calls: number; readonly errors: number } {
  const own = Object.entries(toolCalls).filter(([found]) => isServerOfTool(found, server));
  return {
    calls: own.reduce((sum, [, { calls }]) => sum + calls, 0),
    errors: own.reduce((sum, [, { errors }]) => sum + errors, 0),
  };
}

/** What a person should know of hooks that ran and did not end well. */
export function hookRemarks({ seen }: TreatmentSeen): readonly string[] {
  return seen.hooks.flatMap(({ event, runs, failures }) =>
    failures === 0 ? [] : [`${failures} of ${runs} ${event} hooks failed or ran out of time`],
  );
}

export function notTreated({ missing }: TreatmentSeen): Failure | null {
  if (missing.length === 0) return null;
  return failure({
    code: "treatment-missing",
    blame: "treatment",
    phase: "agent-run",
    message: `the profile was not really applied: ${missing.join("; ")}`,
    evidence: [".regatta/treatment.json"],
  });
}
