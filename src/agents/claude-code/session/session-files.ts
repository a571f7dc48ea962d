/**
 * The session files of a trial: `sessions/projects/<directory>/<session>.jsonl` and what its subagents wrote,
 * `<session>/subagents/…/agent-<id>.jsonl`, in older versions `agent-<id>.jsonl` beside it.
 *
 * A trial may hold several sessions: the agent changed its directory, a hook called the CLI, a session was continued under
 * a new id. None is dropped: the main one is the trial's trajectory, the others are embedded in it.
 */
import { basename, join } from "node:path";
import { findFiles } from "../../atif/find-files.ts";
import { nameOf, recordOf } from "../../atif/plain.ts";
import { readUntrustedJson } from "../../../host/untrusted-json.ts";

export interface SessionFile {
  /** Relative to `agent/`. */
  readonly path: string;
  readonly kind: "session" | "subagent";
  /** The session's, or the agent's id. */
  readonly id: string;
}

const ROOT = "sessions/projects";

export async function findSessionFiles(
  agentDir: string,
): Promise<{ readonly files: readonly SessionFile[]; readonly others: number; readonly more: boolean }> {
  // Of links on the way to the folder none is followed either.
  const { paths, more } = await findFiles(
    join(agentDir, "sessions"),
    (path) => path.startsWith("projects/") && path.endsWith(".jsonl"),
  );
  const files = paths.map((path) => fileAt(`${ROOT}/${path.slice("projects/".length)}`));
  const known = files.filter((file) => file !== null);
  return { files: known, others: files.length - known.length, more };
}

function fileAt(path: string): SessionFile | null {
  const name = basename(path, ".jsonl");
  const agent = /^agent-(.+)$/.exec(name)?.[1];
  if (agent !== undefined) return { path, kind: "subagent", id: agent };
  return path.includes("/subagents/") ? null : { path, kind: "session", id: name };
}

export interface AgentMeta {
  readonly toolUseId: string | null;
  readonly agentType: string | null;
  readonly description: string | null;
}

/** `agent-<id>.meta.json` beside a subagent's file. */
export async function readAgentMeta(agentDir: string, file: SessionFile): Promise<AgentMeta> {
  const json = await readUntrustedJson(join(agentDir, file.path.replace(/\.jsonl$/, ".meta.json")), 1 << 20);
  const meta = json.kind === "value" ? recordOf(json.value) : {};
  return {
    toolUseId: nameOf(meta["toolUseId"]),
    agentType: nameOf(meta["agentType"]),
    description: nameOf(meta["description"]),
  };
}
