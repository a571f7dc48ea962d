/**
 * The rollouts of Codex → `agent/trajectory.json` (ATIF v1.7), and what they say of the run.
 *
 * The main thread is the one that the event stream names; else the one that began first and was not started by another. Threads
 * that it started are embedded and tied to the call that did; every other rollout is embedded too. Where there is no rollout
 * at all, the event stream is converted.
 */
import { basename, join } from "node:path";
import { saveTrajectory } from "../../atif/assemble.ts";
import { classOfText } from "../../atif/error-class.ts";
import { findFiles } from "../../atif/find-files.ts";
import { imageFiles } from "../../atif/image-files.ts";
import { lineRemarks, readSessionLines } from "../../atif/session-lines.ts";
import type { SessionError, SessionReading } from "../../atif/session-reading.ts";
import { tallyByServer } from "../../atif/tool-tally.ts";
import { type Conversation, newConversation, newReading, type Reading } from "./conversation.ts";
import { type EventStream, readEventStream, STREAM_FILE } from "./event-stream.ts";
import { classOf } from "./rollout-error.ts";
import { rolloutLine } from "./rollout-line.ts";
import { tieThreads } from "./spawned-threads.ts";
import { streamItem } from "./stream-item.ts";
import { totalsOf } from "./totals.ts";
import { codexTrajectory } from "./trajectory.ts";

export interface CodexRollouts {
  /** `agent/` of the trial on the host. */
  readonly agentDir: string;
  readonly instruction: string;
  readonly defaultModel: string | null;
  /** As the trajectory is to name it. */
  readonly agentName: string;
}

/** Never throws for what the agent wrote: what is wrong becomes a remark. */
export async function convertCodexRollouts(input: CodexRollouts): Promise<SessionReading> {
  const { agentDir } = input;
  const reading = newReading(imageFiles(agentDir));
  const remarks: string[] = [];
  const found = await readRollouts(reading, agentDir, remarks);
  const printed = newConversation("main");
  const stream = await readEventStream(agentDir, (item) => {
    if (found === 0) streamItem(reading, printed, item);
  });
  remarks.push(...stream.remarks);
  if (found === 0) {
    remarks.push(`there is no rollout in agent/sessions${stream.found ? "; converted from the event stream" : ""}`);
    printed.id = stream.threadId ?? printed.id;
    reading.conversations.push(printed);
  }
  await reading.images.flush();
  remarks.push(...reading.images.problems);
  const main = mainThread(reading, stream.threadId) ?? printed;
  for (const conversation of reading.conversations) settleFacts(conversation);
  remarks.push(...tieThreads(reading.conversations, main));
  const totals = totalsOf(main, reading.conversations, stream);
  remarks.push(...totals.remarks);
  const nothing = found === 0 && !stream.found;
  const saved = nothing ? null : await saveTrajectory(agentDir, codexTrajectory(input, reading, main, totals));
  if (saved !== null && saved.problem !== null) remarks.push(saved.problem);
  const usages = reading.conversations.flatMap((one) => one.usages);
  return {
    trajectory: saved?.path ?? null,
    usage: totals.usage,
    costSource: totals.costSource,
    agentVersion: main.version,
    servedModels: [...new Set(usages.flatMap(({ model }) => (model === null ? [] : [model])))],
    remarks,
    toolCalls: tallyByServer(reading.conversations.flatMap(({ steps }) => steps)),
    hookRuns: reading.hookRuns,
    apiCalls: usages.length,
    error: errorOf(main, stream),
    ended: main.ended ?? stream.ended,
    permissionDenials: null,
    turns: main.turns > 0 ? main.turns : null,
    leftOut: reading.leftOut.list(),
  };
}

/** @returns how many rollouts there are. */
async function readRollouts(reading: Reading, agentDir: string, remarks: string[]): Promise<number> {
  const { paths, more } = await findFiles(join(agentDir, "sessions"), (path) =>
    /(^|\/)rollout-[^/]*\.jsonl$/.test(path),
  );
  if (more) remarks.push("agent/sessions holds more files than are read");
  // The name begins with the time: a fork is read after what it copies from.
  for (const path of [...paths].sort((a, b) => (basename(a) < basename(b) ? -1 : 1))) {
    const conversation = newConversation(basename(path, ".jsonl"));
    reading.conversations.push(conversation);
    const report = await readSessionLines(join(agentDir, "sessions", path), {
      async record(record) {
        rolloutLine(reading, conversation, record);
        await reading.images.flush();
      },
    });
    remarks.push(...lineRemarks(`agent/sessions/${path}`, report));
    // Two files of one thread: only one of them can have its id.
    while (reading.conversations.some((one) => one !== conversation && one.id === conversation.id))
      conversation.id += "+";
    if (report.unreadable > 0) reading.leftOut.add("line", "no JSON object", report.unreadable);
    if (report.tooLong > 0) reading.leftOut.add("line", "too long", report.tooLong);
    if (report.cut) reading.leftOut.add("line", "the last one, cut");
  }
  return paths.length;
}

function mainThread({ conversations }: Reading, threadId: string | null): Conversation | null {
  const named = conversations.find(({ id }) => id === threadId);
  if (named !== undefined) return named;
  const first = [...conversations].sort((a, b) => ((a.startedAt ?? "~") < (b.startedAt ?? "~") ? -1 : 1));
  return first.find(({ parent, steps }) => parent === null && steps.length > 0) ?? first[0] ?? null;
}

/** What events said of a call stands with its result. */
function settleFacts({ facts, byCall }: Conversation): void {
  for (const [id, known] of facts) {
    const result = byCall.get(id)?.results.find(({ callId }) => callId === id);
    if (result !== undefined) Object.assign(result.extra, known);
  }
}

function errorOf(main: Conversation, stream: EventStream): SessionError | null {
  const { error } = main;
  if (error !== null) {
    const told = error.info === null ? "" : ` codex_error_info ${error.info}`;
    return { class: classOf(error), message: error.message, evidence: `agent/sessions: ${error.event}${told}` };
  }
  // A run that was completed has told of its errors on the way, and got over them.
  if (main.ended === "task_complete" || main.ended === "turn_complete" || stream.ended === "turn.completed")
    return null;
  if (stream.failure !== null) {
    const { failure } = stream;
    return { class: classOf(failure), message: failure.message, evidence: `agent/${STREAM_FILE}: ${failure.event}` };
  }
  if (stream.ended !== null || main.usages.length > 0) return null;
  const kind = classOfText(stream.words);
  if (kind === null || kind === "unknown") return null;
  return { class: kind, message: stream.words, evidence: `agent/${STREAM_FILE}: its text` };
}
