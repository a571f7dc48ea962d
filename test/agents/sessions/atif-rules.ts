/** ATIF v1.7 as its readers enforce it: members, types and the rules across them. Every violation by its place. */
import { isRecord } from "../../../src/base/is-record.ts";

type Check = (value: unknown, at: string) => string[];

const text: Check = (value, at) => (typeof value === "string" ? [] : [`${at} is no text`]);
const count: Check = (value, at) => (Number.isInteger(value) && (value as number) >= 0 ? [] : [`${at} is no count`]);
const amount: Check = (value, at) =>
  typeof value === "number" && Number.isFinite(value) ? [] : [`${at} is no number`];
const flag: Check = (value, at) => (typeof value === "boolean" ? [] : [`${at} is no flag`]);
const record: Check = (value, at) => (isRecord(value) ? [] : [`${at} is no object`]);
const time: Check = (value, at) =>
  typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$/.test(value)
    ? []
    : [`${at} is no time`];

function among(...words: readonly string[]): Check {
  return (value, at) => (words.includes(value as string) ? [] : [`${at} is none of ${words.join(", ")}`]);
}

function list(each: Check): Check {
  return (value, at) =>
    Array.isArray(value) ? value.flatMap((item, n) => each(item, `${at}[${n}]`)) : [`${at} is no list`];
}

function object(required: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>>): Check {
  return (value, at) => {
    if (!isRecord(value)) return [`${at} is no object`];
    const known = { ...required, ...optional };
    const missing = Object.keys(required).filter((key) => !Object.hasOwn(value, key));
    return [
      ...missing.map((key) => `${at}.${key} is missing`),
      ...Object.entries(value).flatMap(([key, item]) =>
        Object.hasOwn(known, key) ? (known[key] as Check)(item, `${at}.${key}`) : [`${at}.${key} is not allowed`],
      ),
    ];
  };
}

const part: Check = (value, at) => {
  const source = object({ media_type: among("image/jpeg", "image/png", "image/gif", "image/webp"), path: text }, {});
  return isRecord(value) && value["type"] === "image"
    ? object({ type: text, source }, {})(value, at)
    : object({ type: among("text"), text }, {})(value, at);
};
const content: Check = (value, at) => (typeof value === "string" ? [] : list(part)(value, at));
const ref = object({ trajectory_id: text }, { session_id: text, extra: record });
const result = object({}, { source_call_id: text, content, subagent_trajectory_ref: list(ref), extra: record });
const metrics = object(
  {},
  { prompt_tokens: count, completion_tokens: count, cached_tokens: count, cost_usd: amount, extra: record },
);
const AGENT_ONLY = {
  model_name: text,
  reasoning_effort: text,
  reasoning_content: text,
  tool_calls: list(object({ tool_call_id: text, function_name: text, arguments: record }, { extra: record })),
  metrics,
};
const step = object(
  { step_id: count, source: among("system", "user", "agent"), message: content },
  {
    ...AGENT_ONLY,
    timestamp: time,
    observation: object({ results: list(result) }, {}),
    is_copied_context: flag,
    llm_call_count: count,
    extra: record,
  },
);
const agent = object({ name: text, version: text }, { model_name: text, extra: record });
const final = object(
  {},
  {
    total_prompt_tokens: count,
    total_completion_tokens: count,
    total_cached_tokens: count,
    total_cost_usd: amount,
    total_steps: count,
    extra: record,
  },
);

function trajectory(embedded: boolean): Check {
  return (value, at) => {
    const shape = object(
      { schema_version: among("ATIF-v1.7"), agent, steps: list(step), ...(embedded ? { trajectory_id: text } : {}) },
      {
        session_id: text,
        trajectory_id: text,
        final_metrics: final,
        subagent_trajectories: list(trajectory(true)),
        notes: text,
        extra: record,
      },
    );
    return [...shape(value, at), ...(isRecord(value) ? acrossSteps(value, at) : [])];
  };
}

function acrossSteps(value: Record<string, unknown>, at: string): string[] {
  const steps = Array.isArray(value["steps"]) ? value["steps"].filter(isRecord) : [];
  if (steps.length === 0) return [`${at} has no steps`];
  return steps.flatMap((one, n) => {
    const place = `${at}.steps[${n}]`;
    const calls = Array.isArray(one["tool_calls"])
      ? one["tool_calls"].filter(isRecord).map((call) => call["tool_call_id"])
      : [];
    const strays = resultsOf(one).filter(
      (each) => each["source_call_id"] !== undefined && !calls.includes(each["source_call_id"]),
    );
    const foreign = one["source"] === "agent" ? [] : Object.keys(AGENT_ONLY).filter((key) => Object.hasOwn(one, key));
    return [
      ...(one["step_id"] === n + 1 ? [] : [`${place}.step_id is not ${n + 1}`]),
      ...strays.map(() => `${place} has a result of no call of its own`),
      ...foreign.map((key) => `${place}.${key} is for agents alone`),
    ];
  });
}

function resultsOf(one: Record<string, unknown>): Record<string, unknown>[] {
  const { observation } = one;
  return isRecord(observation) && Array.isArray(observation["results"]) ? observation["results"].filter(isRecord) : [];
}

/** Also that every reference to an embedded trajectory finds one, and that their ids are unique. */
export function atifViolations(value: unknown): string[] {
  const found = trajectory(false)(value, "$");
  const embedded =
    isRecord(value) && Array.isArray(value["subagent_trajectories"])
      ? value["subagent_trajectories"].filter(isRecord)
      : [];
  const ids = embedded.map((one) => one["trajectory_id"]);
  if (new Set(ids).size !== ids.length) found.push("$ has two embedded trajectories of one id");
  const all = isRecord(value) ? [value, ...embedded] : [];
  for (const one of all) {
    for (const each of Array.isArray(one["steps"]) ? one["steps"].filter(isRecord) : []) {
      for (const answer of resultsOf(each)) {
        const refs = answer["subagent_trajectory_ref"];
        for (const item of Array.isArray(refs) ? refs.filter(isRecord) : []) {
          if (!ids.includes(item["trajectory_id"])) found.push(`$ has no trajectory ${String(item["trajectory_id"])}`);
        }
      }
    }
  }
  return found;
}
