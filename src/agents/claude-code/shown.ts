/** What Claude Code's event stream shows of the treatment. */
import { createReadStream } from "node:fs";
import type { Profile } from "../../contract/experiment.ts";
import type { Treatment } from "../../contract/treatment.ts";
import { isErrno } from "../../host/files.ts";
import type { SessionReading } from "../atif/session-reading.ts";
import { toolServerName } from "../mcp-tool-names.ts";
import { sameModel } from "../same-model.ts";
import type { Shown } from "../treatment-seen.ts";
import { modelName } from "./launch.ts";
import { reasoningFor } from "./reasoning.ts";
import { createRunEvents, type InitEvent, type ResultEvent, type ToolEvent } from "./run-events.ts";

export async function shownOf(
  streamFile: string,
  profile: Profile,
  treatment: Treatment,
  reading: SessionReading,
): Promise<Shown> {
  const { init, result, tools } = await readStream(streamFile);
  const asked = modelName(profile.model, {});
  const served = reading.servedModels.filter((model) => !model.startsWith("<"));
  const others = asked !== null && /\d/.test(asked) ? served.filter((model) => !sameModel(model, asked)) : [];
  const version = init?.version ?? null;
  const thinking = profile.reasoning === null ? null : reasoningFor(profile.reasoning, asked);
  return {
    version: version ?? reading.agentVersion,
    // The session files do not tell it: what the program was measured to ask for.
    effectiveReasoning: thinking !== null && "effective" in thinking ? thinking.effective : null,
    servers: new Map(init?.servers.map(({ name, status }) => [name, status])),
    toolsOf: (server) =>
      init?.tools.filter((tool) => tool.startsWith(`mcp__${toolServerName(server)}__`)).length ?? null,
    happened: happened(treatment, reading, { init, result, tools }),
    wrong: [
      ...(treatment.version !== null && version !== null && version !== treatment.version
        ? [`version ${version} ran, and ${treatment.version} was asked for`]
        : []),
      ...(others.length === 0 ? [] : [`${others.join(", ")} answered, and ${String(asked)} was asked for`]),
    ],
    tellsServers: init !== null,
  };
}

interface Stream {
  readonly init: InitEvent | null;
  readonly result: ResultEvent | null;
  readonly tools: readonly ToolEvent[];
}

/** Events that a hook was there for, as far as they certainly happened. */
function happened(treatment: Treatment, reading: SessionReading, { init, result, tools }: Stream): ReadonlySet<string> {
  const events = new Set<string>();
  const asked = (event: string, matching: readonly string[]): boolean =>
    treatment.hooks.some((hook) => hook.event === event && matching.some((name) => matches(hook.matcher, name)));
  if (init !== null && reading.apiCalls > 0) events.add("SessionStart").add("UserPromptSubmit");
  if (result !== null && !result.isError && result.subtype === "success") events.add("Stop");
  const well = tools.filter(({ failed }) => !failed).map(({ name }) => name);
  // A tool that failed may have been stopped before its hook, by another hook.
  if (asked("PreToolUse", well)) events.add("PreToolUse");
  if (asked("PostToolUse", well)) events.add("PostToolUse");
  return events;
}

/** As Claude Code does: the whole name, as a regular expression. */
function matches(matcher: string | null, name: string): boolean {
  if (matcher === null) return true;
  try {
    return new RegExp(`^(?:${matcher})$`).test(name);
  } catch (error) {
    // What is no regular expression matches nothing there either.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function readStream(file: string): Promise<Stream> {
  let init: InitEvent | null = null;
  const tools: ToolEvent[] = [];
  const events = createRunEvents(
    (event) => (init ??= event),
    (event) => void tools.push(event),
  );
  try {
    for await (const chunk of createReadStream(file)) events.take(chunk as Uint8Array);
    events.take(Buffer.from("\n"));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "EISDIR", "EACCES", "ELOOP")) throw error;
  }
  return { init, result: events.result(), tools };
}
