/**
 * The session files of Claude Code → `agent/trajectory.json` (ATIF v1.7), and what they say of the run.
 *
 * The main conversation is the session of the id we gave; else of the id in the event stream; else the one that began first
 * and has an answer. Subagents are embedded and tied to the call that started them; every other session is embedded too.
 * What a killed CLI had printed but not yet recorded is taken from the event stream.
 */
import { join } from "node:path";
import { imageFiles } from "../../atif/image-files.ts";
import { lineRemarks, readSessionLines } from "../../atif/session-lines.ts";
import type { SessionReading } from "../../atif/session-reading.ts";
import { tallyByServer } from "../../atif/tool-tally.ts";
import { saveTrajectory } from "../../atif/assemble.ts";
import { endedOf, errorOf } from "./ending.ts";
import { readEventStream } from "./event-stream.ts";
import { unrecordedRuns } from "./hooks.ts";
import { type CountedMessage, metricsOf } from "./message-usage.ts";
import { newReading, type Reading, readLine, threadNamed } from "./reading.ts";
import { findSessionFiles, readAgentMeta } from "./session-files.ts";
import { readStreamTail } from "./stream-tail.ts";
import { tieSubagents } from "./subagents.ts";
import type { Thread } from "./thread.ts";
import { totalsOf } from "./totals.ts";
import { claudeTrajectory } from "./trajectory.ts";

export interface ClaudeSessions {
  /** `agent/` of the trial on the host. */
  readonly agentDir: string;
  /** The id we started the CLI with; null = none. */
  readonly sessionId: string | null;
  readonly instruction: string;
  readonly defaultModel: string | null;
  /** As the trajectory is to name it. */
  readonly agentName: string;
}

/** Never throws for what the agent wrote: what is wrong becomes a remark. */
export async function convertClaudeSessions(input: ClaudeSessions): Promise<SessionReading> {
  const { agentDir } = input;
  const stream = await readEventStream(agentDir);
  const reading = newReading(imageFiles(agentDir));
  const remarks = [...stream.remarks];
  const found = await readFiles(reading, agentDir, remarks);
  const main = mainThread(reading, input.sessionId ?? stream.sessionId);
  const conversation = main ?? threadNamed(reading, input.sessionId ?? stream.sessionId ?? "main", "session");
  remarks.push(...(await readStreamTail(reading, agentDir, conversation)));
  await reading.images.flush();
  remarks.push(...reading.images.problems);
  if (found === 0)
    remarks.push(
      `there is no session file in agent/sessions${stream.found ? "; converted from the event stream" : ""}`,
    );
  remarks.push(...tieSubagents(reading));
  const messages = reading.usages.all();
  for (const message of messages) message.step.metrics = metricsOf(message);
  const spokenOf = new Set([conversation.sessionId, ...stream.results.map(({ sessionId }) => sessionId)]);
  const foreign = new Set(
    [...reading.threads.values()]
      .filter((thread) => thread !== conversation && !spokenOf.has(thread.sessionId))
      .flatMap(({ steps }) => steps),
  );
  const totals = totalsOf(messages, ({ step }) => !foreign.has(step), stream.results);
  remarks.push(...totals.remarks);
  const { stopRuns } = reading;
  const recorded = [...reading.hookRuns, ...(stopRuns.summed.length > 0 ? stopRuns.summed : stopRuns.heard)];
  const silent = unrecordedRuns(recorded, stream.hookRuns);
  const nothing = found === 0 && !stream.found;
  const saved = nothing
    ? null
    : await saveTrajectory(agentDir, claudeTrajectory(input, reading, conversation, stream, totals, silent));
  if (saved !== null && saved.problem !== null) remarks.push(saved.problem);
  const threads = [...reading.threads.values()];
  return {
    trajectory: saved?.path ?? null,
    usage: totals.usage,
    costSource: totals.costSource,
    agentVersion: stream.version ?? conversation.version,
    servedModels: servedModels(messages),
    remarks,
    toolCalls: tallyByServer(threads.flatMap(({ steps }) => steps)),
    hookRuns: [...recorded, ...silent],
    apiCalls: messages.length,
    error: errorOf(stream, conversation),
    ended: endedOf(stream),
    permissionDenials: stream.result?.permissionDenials ?? null,
    turns: stream.result?.turns ?? null,
    leftOut: reading.leftOut.list(),
  };
}

/** @returns how many session files there are. */
async function readFiles(reading: Reading, agentDir: string, remarks: string[]): Promise<number> {
  const { files, others, more } = await findSessionFiles(agentDir);
  if (more) remarks.push("agent/sessions holds more files than are read");
  if (others > 0) reading.leftOut.add("file", "a file in a subagents folder that is no conversation", others);
  // Sessions first: lines of older subagents that stand in both belong to the session's file.
  for (const file of [
    ...files.filter(({ kind }) => kind === "session"),
    ...files.filter(({ kind }) => kind === "subagent"),
  ]) {
    const thread = threadNamed(reading, file.kind === "session" ? file.id : `agent-${file.id}`, file.kind);
    if (file.kind === "subagent") {
      const meta = await readAgentMeta(agentDir, file);
      thread.parentCall ??= meta.toolUseId;
      thread.agentType ??= meta.agentType;
      thread.description ??= meta.description;
    }
    const report = await readSessionLines(join(agentDir, file.path), {
      async record(record) {
        readLine(reading, thread, record);
        await reading.images.flush();
      },
    });
    remarks.push(...lineRemarks(`agent/${file.path}`, report));
    if (report.unreadable > 0) reading.leftOut.add("line", "no JSON object", report.unreadable);
    if (report.tooLong > 0) reading.leftOut.add("line", "too long", report.tooLong);
    if (report.cut) reading.leftOut.add("line", "the last one, cut");
  }
  return files.filter(({ kind }) => kind === "session").length;
}

function mainThread(reading: Reading, wanted: string | null): Thread | null {
  const sessions = [...reading.threads.values()].filter(({ kind }) => kind === "session");
  const named = sessions.find(({ id, sessionId }) => wanted !== null && (id === wanted || sessionId === wanted));
  if (named !== undefined) return named;
  const answered = sessions.filter(({ byMessage }) => byMessage.size > 0);
  const candidates = answered.length > 0 ? answered : sessions;
  // Without a time last; among equals the first by path.
  return [...candidates].sort((a, b) => ((a.startedAt ?? "~") < (b.startedAt ?? "~") ? -1 : 1))[0] ?? null;
}

function servedModels(messages: readonly CountedMessage[]): string[] {
  return [...new Set(messages.flatMap(({ model }) => (model === null ? [] : [model])))];
}
