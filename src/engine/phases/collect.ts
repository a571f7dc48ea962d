/**
 * Brings out of the sandbox what the agent left: its logs, `/logs/artifacts`, the task's declared artifacts.
 *
 * Runs after every ending, also a failed one. What cannot be had is a remark or a manifest line, never the end of the trial.
 */
import type { AgentReport, Collected } from "../../agents/agent.ts";
import { INSIDE } from "../../contract/inside.ts";
import { type DownloadLimits, FileMissing } from "../../environments/environment.ts";
import type { ManifestEntry } from "../../results/store.ts";
import type { TrialContext } from "../trial-context.ts";

const GIB = 1 << 30;
const LIMITS: Omit<DownloadLimits, "timeoutSec"> = {
  maxBytes: 2 * GIB,
  maxFiles: 100_000,
  maxFileBytes: GIB,
};

export async function collectTrial(
  context: TrialContext,
  report: AgentReport | null,
  timeoutSec: number,
): Promise<Collected & { readonly remarks: readonly string[] }> {
  const { environment, folder, files, agent, profile, task, instruction, treatment } = context;
  const limits: DownloadLimits = { ...LIMITS, timeoutSec };
  const remarks: string[] = [];
  await attempt(context, remarks, INSIDE.agentLogs, async () => {
    const out = await environment.download(INSIDE.agentLogs, folder.agentDir, limits);
    if (out.leftOutCount > 0) {
      remarks.push(
        `${out.leftOutCount} files of ${INSIDE.agentLogs} were left out, the first: ${out.leftOut[0]?.path ?? "?"} (${out.leftOut[0]?.reason ?? "?"})`,
      );
    }
  });
  remarks.push(...(await files.settleLogs(folder, "agent")));
  await collectArtifacts(context, limits, remarks);
  remarks.push(...(await files.redact(folder, ["agent", "artifacts"])));
  const collected = await agent.collect({
    profile,
    task,
    instruction,
    treatment,
    agentDir: folder.agentDir,
    report,
  });
  return { ...collected, remarks: [...remarks, ...collected.remarks] };
}

async function collectArtifacts(
  { environment, folder, files, task, onUnwritten }: TrialContext,
  limits: DownloadLimits,
  remarks: string[],
): Promise<void> {
  const declared = task.artifacts.some((artifact) => artifact.source === INSIDE.artifacts);
  const wanted = declared ? task.artifacts : [{ source: INSIDE.artifacts, destination: null }, ...task.artifacts];
  const manifest: ManifestEntry[] = [];
  const claimed = new Set<string>();
  for (const { source, destination } of wanted) {
    const place = destination ?? source.replace(/^\/+/, "");
    const entry = { source, destination: `artifacts/${place}`, type: "directory" as const, service: null };
    if (claimed.has(place)) {
      manifest.push({ ...entry, status: "skipped" });
      continue;
    }
    claimed.add(place);
    try {
      const out = await environment.download(source, `${folder.artifactsDir}/${place}`, limits);
      manifest.push({ ...entry, status: out.files === 0 ? "empty" : "ok" });
      if (out.leftOutCount > 0) remarks.push(`${out.leftOutCount} files of ${source} were left out`);
    } catch (error) {
      manifest.push({ ...entry, status: "failed" });
      onUnwritten(error);
      if (!(error instanceof FileMissing)) remarks.push(`artifact ${source}: ${(error as Error).message}`);
      else if (source !== INSIDE.artifacts) remarks.push(`artifact ${source} does not exist`);
    }
  }
  await files.writeManifest(folder, manifest);
}

async function attempt(
  { onUnwritten }: TrialContext,
  remarks: string[],
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    onUnwritten(error);
    remarks.push(`${what} could not be collected: ${(error as Error).message}`);
  }
}
