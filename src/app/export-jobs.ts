/** `regatta export`: the Harbor job of each profile as a file, and nothing else. */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { writeJsonAtomic } from "../host/files.ts";
import { harborDialect } from "../planning/harbor-dialect.ts";
import type { HarborJobConfig } from "../planning/harbor-job.ts";
import { harborJobs } from "./harbor-jobs.ts";
import { preparePlan } from "./prepare-plan.ts";

export interface ExportedJob {
  readonly file: string;
  readonly config: HarborJobConfig;
}

export interface ExportRequest {
  readonly file: string;
  /** null = harbor/<slug> of the project. */
  readonly output: string | null;
  readonly harborVersion: string | null;
  readonly cwd: string;
  readonly say: (line: string) => void;
}

export async function exportJobs(request: ExportRequest): Promise<readonly ExportedJob[]> {
  const prepared = await preparePlan({ ...request, tasks: [], profiles: [], overrides: {} });
  const { plan } = prepared;
  const dir = request.output === null ? join(plan.root, "harbor", plan.slug) : resolve(request.cwd, request.output);
  const jobs = harborJobs(
    { prepared, toDo: plan.trials, jobsDir: join(dir, "jobs"), now: new Date() },
    harborDialect(request.harborVersion ?? ""),
  );
  await mkdir(dir, { recursive: true });
  const exported = jobs.map(({ profile, config }) => ({ file: join(dir, `${profile}.json`), config }));
  for (const { file, config } of exported) await writeJsonAtomic(file, config);
  return exported;
}
