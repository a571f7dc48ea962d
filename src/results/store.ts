/**
 * The store port: where a batch lives on disk. Trial directories are the truth; everything else can be rebuilt from them.
 */
import type { StampedEvent } from "../contract/event.ts";
import type { EndedBy, Rewards } from "../contract/outcome.ts";
import type { TrialId, TrialPlan } from "../contract/plan.ts";
import type { TrialRecord } from "../contract/trial-record.ts";

/** Host folders of one try while it runs; all inside the batch's `.regatta/`. */
export interface TryFolder {
  readonly try: number;
  /** The future trial directory. */
  readonly dir: string;
  readonly agentDir: string;
  readonly verifierDir: string;
  readonly artifactsDir: string;
  /** Our extras: `.regatta/` of the trial. */
  readonly extrasDir: string;
  /** One line to trial.log, stamped. */
  log(level: "info" | "warn" | "error", message: string): void;
}

/** A trial found on disk. */
export interface StoredTrial {
  readonly id: TrialId;
  readonly trialName: string;
  /** Relative to the batch. */
  readonly dir: string;
  readonly record: TrialRecord;
}

export interface BatchStore {
  readonly slug: string;
  readonly batch: number;
  /** Absolute. */
  readonly dir: string;
  readonly launch: number;
  /** All trials with a recorded outcome; folders that cannot be read are reported by `onProblem`. */
  readTrials(onProblem?: (dir: string, message: string) => void): Promise<readonly StoredTrial[]>;
  /** A new numbered try; earlier ones stay where they are. */
  openTry(trial: TrialPlan): Promise<TryFolder>;
  /**
   * The commit point of a trial: writes Harbor's config.json, lock.json and, last, result.json with our extras, then moves the folder into its job.
   * An older trial of the same cell that may be run again is set aside first, never deleted.
   * @returns the trial directory relative to the batch.
   */
  commitTrial(trial: TrialPlan, folder: TryFolder, record: TrialRecord): Promise<string>;
  /**
   * Before the tests: all of the record but their verdict, so that a run killed from here on needs the verdict alone. Its outcome is
   * what the try is when there is none.
   */
  checkpoint(trial: TrialPlan, folder: TryFolder, record: TrialRecord, endedBy: EndedBy): Promise<void>;
  /** Keeps a try that will be followed by another; returns its folder relative to the batch. */
  keepTry(trial: TrialPlan, folder: TryFolder, record: TrialRecord): Promise<string>;
  /** Copies `agent/sessions/<target>/` of a committed trial to `artifacts/<target>/<trial>/`. */
  mirrorArtifacts(trialDir: string, targets: readonly string[]): Promise<void>;
  appendEvent(event: StampedEvent): void;
  /** Index, job results: cheap to call often; at most 2 s behind until `flush`. */
  touch(): void;
  /** Everything on disk exact and synced. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Appends to a log of a running try; output of agents and tests passes through it. */
export interface LogSink {
  /** Resolves when it is safe to give more: a slow disk holds the sandbox back instead of filling memory. */
  write(chunk: Uint8Array): Promise<void>;
}

/** What the engine does to files of a try on the host, secrets redacted on the way. */
export interface TrialFiles {
  /** Same sink for the same file; bounded, with a last line that says so. */
  log(folder: TryFolder, area: "agent" | "verifier", file: string): LogSink;
  /** Closes the logs of an area and puts them where they belong, over anything of that name that came out of the sandbox. */
  settleLogs(folder: TryFolder, area: "agent" | "verifier"): Promise<readonly string[]>;
  /** Removes secrets from everything collected in these areas. */
  redact(folder: TryFolder, areas: readonly ("agent" | "verifier" | "artifacts")[]): Promise<readonly string[]>;
  /** Safe on the disk once this resolves: the tests' verdict outlives the run. */
  keepVerdict(folder: TryFolder, rewards: Rewards): Promise<void>;
  /** Harbor's artifacts/manifest.json. */
  writeManifest(folder: TryFolder, entries: readonly ManifestEntry[]): Promise<void>;
}

export interface ManifestEntry {
  readonly source: string;
  readonly destination: string;
  readonly type: "file" | "directory";
  readonly status: "ok" | "failed" | "empty" | "skipped";
  readonly service: null;
}
