/** `regatta validate`: each file on its own, its tasks included, so that a bad one hides nothing of the others. */
import { agentDescriptions } from "../agents/registry.ts";
import { UserError } from "../contract/failure.ts";
import { loadExperiment } from "../experiment/load.ts";

export interface CheckedFile {
  readonly file: string;
  readonly valid: boolean;
  /** What is in it; empty when it is not valid. */
  readonly summary: string;
  readonly message: string;
  readonly lines: readonly string[];
}

export async function checkExperiments(files: readonly string[]): Promise<readonly CheckedFile[]> {
  return Promise.all(files.map(checkOne));
}

async function checkOne(file: string): Promise<CheckedFile> {
  try {
    const { tasks, profiles } = await loadExperiment(file, { agents: agentDescriptions });
    const summary = `${tasks.length} ${tasks.length === 1 ? "task" : "tasks"}, ${profiles.length} ${profiles.length === 1 ? "profile" : "profiles"}`;
    return { file, valid: true, summary, message: "", lines: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { file, valid: false, summary: "", message: error.message, lines: error.lines };
  }
}
