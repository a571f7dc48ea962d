/** What runs show of what each profile adds to a bare agent, over its trials. Unknown is null. */
import type { TreatmentSeen } from "../../contract/treatment.ts";
import type { ReportTrial } from "./report-trial.ts";

export interface ServerFigures {
  readonly server: string;
  /** Trials whose profile has it. */
  readonly trials: number;
  /** Null = no trial tells. */
  readonly connected: number | null;
  /** Tools offered: the least and the most of those that tell. */
  readonly tools: { readonly least: number; readonly most: number } | null;
  readonly calls: number;
  readonly errors: number;
  /** Trials that were not kept from it and called none of its tools. */
  readonly unused: number;
}

export interface HookFigures {
  readonly event: string;
  readonly trials: number;
  readonly runs: number;
  readonly failures: number;
  /** Of the runs that tell. */
  readonly seconds: number | null;
}

export interface TreatmentFigures {
  readonly profile: string;
  /** That say something of their treatment. */
  readonly trials: number;
  readonly versions: readonly string[];
  readonly models: readonly string[];
  readonly reasoning: { readonly asked: readonly string[]; readonly effective: readonly string[] };
  readonly servers: readonly ServerFigures[];
  readonly hooks: readonly HookFigures[];
  /** Of the agent's time, over the trials where both are known; null = of none. */
  readonly hookShare: number | null;
}

/** Without profiles none of whose trials says anything. */
export function treatmentFigures(
  trials: readonly ReportTrial[],
  profiles: readonly string[],
): readonly TreatmentFigures[] {
  return profiles.flatMap((profile) => {
    const told = trials.flatMap(({ counted, seen, trial: { facts } }): Told[] =>
      counted && seen.profile === profile && facts.treatment !== null
        ? [{ treatment: facts.treatment, agentSeconds: seen.seconds }]
        : [],
    );
    return told.length === 0 ? [] : [figuresOf(profile, told)];
  });
}

interface Told {
  readonly treatment: TreatmentSeen;
  readonly agentSeconds: number | null;
}

function figuresOf(profile: string, told: readonly Told[]): TreatmentFigures {
  const all = told.map(({ treatment }) => treatment);
  return {
    profile,
    trials: told.length,
    versions: distinct(all.map(({ seen }) => seen.version)),
    models: distinct(all.flatMap(({ seen }) => seen.models)),
    reasoning: {
      asked: distinct(all.map(({ asked }) => asked.reasoning)),
      effective: distinct(all.map(({ seen }) => seen.effective_reasoning)),
    },
    servers: distinct(all.flatMap(({ seen }) => seen.servers.map(({ name }) => name))).map((server) =>
      serverFigures(
        server,
        all.flatMap(({ seen }) => seen.servers.filter(({ name }) => name === server)),
      ),
    ),
    hooks: distinct(all.flatMap(({ seen }) => seen.hooks.map(({ event }) => event))).map((event) =>
      hookFigures(
        event,
        all.flatMap(({ seen }) => seen.hooks.filter((hook) => hook.event === event)),
      ),
    ),
    hookShare: shareOf(told),
  };
}

function serverFigures(server: string, seen: TreatmentSeen["seen"]["servers"]): ServerFigures {
  const tools = seen.flatMap((each) => each.tools ?? []);
  return {
    server,
    trials: seen.length,
    connected: seen.every(({ status }) => status === null)
      ? null
      : seen.filter(({ status }) => status === "connected").length,
    tools: tools.length === 0 ? null : { least: Math.min(...tools), most: Math.max(...tools) },
    calls: sum(seen.map(({ calls }) => calls)),
    errors: sum(seen.map(({ errors }) => errors)),
    unused: seen.filter(({ status, calls }) => calls === 0 && (status === null || status === "connected")).length,
  };
}

function hookFigures(event: string, seen: TreatmentSeen["seen"]["hooks"]): HookFigures {
  const timed = seen.flatMap(({ seconds }) => seconds ?? []);
  return {
    event,
    trials: seen.length,
    runs: sum(seen.map(({ runs }) => runs)),
    failures: sum(seen.map(({ failures }) => failures)),
    seconds: timed.length === 0 ? null : sum(timed),
  };
}

function shareOf(told: readonly Told[]): number | null {
  let [hooks, agent] = [0, 0];
  for (const { treatment, agentSeconds } of told) {
    const ran = treatment.seen.hooks.filter(({ runs }) => runs > 0);
    const timed = ran.flatMap(({ seconds }) => seconds ?? []);
    if (agentSeconds === null || timed.length < ran.length) continue;
    hooks += sum(timed);
    agent += agentSeconds;
  }
  return agent === 0 ? null : hooks / agent;
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.flatMap((value) => value ?? []))].sort();
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
