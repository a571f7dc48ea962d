/**
 * The engine's hands on a try's folder: logs that stream to disk with secrets taken out, bounded; what was collected, redacted.
 *
 * A log lies beside the collected files while the trial runs and is moved among them at the end, over anything of that name:
 * a sandbox cannot replace the log of what it said.
 */
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeJsonAtomic } from "../host/files.ts";
import { redactTree } from "../host/redact-tree.ts";
import type { ChunkRedactor, Redactor } from "../host/redact.ts";
import type { LogSink, TrialFiles, TryFolder } from "./store.ts";
import { writeVerdict } from "./unfinished-try.ts";

/** Bytes of one log; what comes after is counted, not kept. */
const MAX_LOG_BYTES = 256 << 20;

type Area = "agent" | "verifier";

interface OpenLog extends LogSink {
  readonly file: string;
  close(): Promise<string | null>;
}

export function createTrialFiles(redactor: Redactor, maxLogBytes = MAX_LOG_BYTES): TrialFiles {
  const logs = new Map<TryFolder, Map<string, OpenLog>>();

  const logsDir = (folder: TryFolder, area: Area): string => join(folder.extrasDir, "live", area);
  const areaDir = (folder: TryFolder, area: Area | "artifacts"): string =>
    ({ agent: folder.agentDir, verifier: folder.verifierDir, artifacts: folder.artifactsDir })[area];

  return {
    log(folder, area, file) {
      const open = logs.get(folder) ?? new Map<string, OpenLog>();
      logs.set(folder, open);
      const key = `${area}/${basename(file)}`;
      let log = open.get(key);
      if (log === undefined) {
        log = openLog(logsDir(folder, area), basename(file), redactor, maxLogBytes);
        open.set(key, log);
      }
      return log;
    },

    async settleLogs(folder, area) {
      const open = logs.get(folder);
      const remarks: string[] = [];
      for (const [key, log] of open ?? []) {
        if (!key.startsWith(`${area}/`)) continue;
        open?.delete(key);
        const remark = await log.close();
        if (remark !== null) remarks.push(remark);
        const to = join(areaDir(folder, area), log.file);
        await rm(to, { recursive: true, force: true });
        await mkdir(areaDir(folder, area), { recursive: true });
        await rename(join(logsDir(folder, area), log.file), to);
      }
      if (open?.size === 0) {
        logs.delete(folder);
        await rm(join(folder.extrasDir, "live"), { recursive: true, force: true });
      }
      return remarks;
    },

    async redact(folder, areas) {
      if (!redactor.active) return [];
      const remarks: string[] = [];
      for (const area of areas) {
        const { rewritten, unchecked } = await redactTree(areaDir(folder, area), redactor);
        if (rewritten.length > 0) {
          remarks.push(
            `secrets were taken out of ${rewritten.length} files under ${area}/, the first: ${rewritten[0]}`,
          );
        }
        // Nobody can say what is in a file that was not looked into: it does not stay.
        for (const { path, reason } of unchecked) {
          await rm(join(areaDir(folder, area), path), { recursive: true, force: true });
          remarks.push(`${area}/${path} could not be searched for secrets and was removed: ${reason}`);
        }
      }
      return remarks;
    },

    keepVerdict: (folder, rewards) => writeVerdict(folder.dir, rewards),

    async writeManifest(folder, entries) {
      await mkdir(folder.artifactsDir, { recursive: true });
      await writeJsonAtomic(join(folder.artifactsDir, "manifest.json"), entries);
    },
  };
}

function openLog(dir: string, file: string, redactor: Redactor, maxBytes: number): OpenLog {
  const stream: ChunkRedactor = redactor.stream();
  let handle: FileHandle | null = null;
  let written = 0;
  let lost = 0;
  let failed: string | null = null;
  // One write after another, in the order in which they came.
  let last: Promise<void> = mkdir(dir, { recursive: true }).then(async () => {
    handle = await open(join(dir, file), "w", 0o644);
  });

  const append = async (bytes: Uint8Array): Promise<void> => {
    const room = Math.max(0, maxBytes - written);
    const part = bytes.length > room ? bytes.subarray(0, room) : bytes;
    lost += bytes.length - part.length;
    written += part.length;
    if (part.length > 0) await handle?.writeFile(part);
  };
  const then = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work).catch((error: unknown) => {
      failed ??= error instanceof Error ? error.message : String(error);
    });
    return last;
  };

  return {
    file,
    write: (chunk) => then(() => append(stream.push(chunk))),
    async close() {
      await then(async () => {
        await append(stream.end());
        if (lost > 0) await handle?.writeFile(`\n[regatta: ${lost} more bytes were left out]\n`);
      });
      await then(async () => handle?.close());
      if (failed !== null) return `${file} is incomplete: ${failed}`;
      return lost > 0 ? `${file} was cut after ${maxBytes} bytes; ${lost} more were left out` : null;
    },
  };
}
