/**
 * One run of 3 tasks × 3 profiles × 2 attempts, recorded change by change; then every disk that a kill or a power cut between two
 * changes can leave is made, looked at by a reader of its own, and continued by the program.
 */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { statusOf, viewOf } from "../../../src/app/batch-reading.ts";
import { preparePlan, type PreparedPlan } from "../../../src/app/prepare-plan.ts";
import { type RunRequest, runPlanned } from "../../../src/app/run.ts";
import type { StampedEvent } from "../../../src/contract/event.ts";
import { ownIdentity } from "../../../src/host/process-identity.ts";
import { readBatch } from "../../../src/results/read-batch.ts";
import { command, experiment, NOP, ORACLE, task } from "../../support/project.ts";
import { DiskModel, type DiskOp, type Losses, type Tree } from "./disk-model.ts";
import { randomFrom } from "./kill-rounds.ts";
import { memorySandboxes } from "./memory-sandboxes.ts";
import { recordDisk } from "./record-disk.ts";

const TASKS = ["a", "b", "c"];
const PROFILES = `${ORACLE}${NOP}${command("wrong", "echo 41 > answer")}`;
const REWARDS: Readonly<Record<string, number>> = { oracle: 1, nop: 0, wrong: 0 };
const TRIALS = TASKS.length * Object.keys(REWARDS).length * 2;

export interface KillPointRequest {
  /** Every so many points; 1 = all. */
  readonly every: number;
  /** Random selections of what is lost, besides the named ones. */
  readonly random: number;
  readonly seed: number;
}

export interface KillPointReport {
  readonly points: number;
  /** Disks that differ from the one before. */
  readonly disks: number;
  readonly broken: readonly string[];
}

/** `crash`: nothing is lost. The others are power cuts: everything, only content, only names, or anything. */
type Mode = "crash" | "all" | "content" | "names" | `random-${number}`;

export async function killPoints({ every, random, seed }: KillPointRequest): Promise<KillPointReport> {
  const memory = await mkdtemp(join(await scratchRoot(), "regatta-points-"));
  process.env["XDG_STATE_HOME"] = join(memory, "state");
  const project = join(memory, "project");
  try {
    const files = {
      ...Object.assign({}, ...TASKS.map((name) => task(name))),
      ...experiment(TASKS, PROFILES, "attempts = 2\nparallel = 2"),
    } as Record<string, string>;
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(project, path)), { recursive: true });
      await writeFile(join(project, path), text);
    }
    const prepared = await preparePlan(request(project));
    const ops = await recordRun(project, prepared);
    return await cutOff(project, prepared, ops, { every, random, seed });
  } finally {
    await rm(memory, { recursive: true, force: true });
  }
}

async function scratchRoot(): Promise<string> {
  try {
    await readdir("/dev/shm");
    return "/dev/shm";
  } catch {
    // No memory disk: slower, and the same.
    return tmpdir();
  }
}

function request(project: string): RunRequest {
  return {
    file: join(project, "experiments/x.toml"),
    say: () => undefined,
    tasks: [],
    profiles: [],
    overrides: {},
    batch: null,
    forceNew: false,
    version: "0.0.0",
  };
}

async function run(project: string, prepared: PreparedPlan, onEvent: (event: StampedEvent) => void): Promise<void> {
  const { provider, standing } = memorySandboxes();
  await runPlanned(
    request(project),
    { ...prepared, provider },
    {
      onTarget: () => undefined,
      listener: () => Promise.resolve({ name: "test", onEvent, close: () => Promise.resolve() }),
      onStop: () => undefined,
      onOver: () => undefined,
    },
  );
  if (standing().length > 0) throw new Error(`sandboxes are left: ${standing().join(", ")}`);
}

async function recordRun(project: string, prepared: PreparedPlan): Promise<readonly DiskOp[]> {
  const root = join(project, "results");
  await mkdir(root);
  const recording = await recordDisk(root);
  try {
    await run(project, prepared, (event) => {
      if (event.type === "trial-ended") recording.mark(`ended ${event.trialName} ${event.trialDir ?? "?"}`);
    });
  } finally {
    recording.stop();
  }
  const model = new DiskModel();
  for (const op of recording.ops) model.apply(op);
  const missed = differences(model.live(), await treeOf(root));
  if (missed.length > 0) throw new Error(`the recording is not what happened: ${missed.slice(0, 5).join("; ")}`);
  return recording.ops;
}

async function cutOff(
  project: string,
  prepared: PreparedPlan,
  ops: readonly DiskOp[],
  { every, random, seed }: KillPointRequest,
): Promise<KillPointReport> {
  const root = join(project, "results");
  const draw = randomFrom(seed);
  const model = new DiskModel();
  const finished = new Map<string, { readonly dir: string; readonly tree: Tree }>();
  const verdicts = new Set<string>();
  const seen = new Set<string>();
  const broken: string[] = [];
  const { start_time: own } = await ownIdentity();
  const modes: Mode[] = ["crash", "all", "content", "names"];
  for (let number = 0; number < random; number++) modes.push(`random-${number}`);
  let points = 0;
  for (const [index, op] of ops.entries()) {
    model.apply(op);
    if (op.op === "mark") {
      const [, trial = "", dir = ""] = op.what.split(" ");
      const at = `x/0/${dir}`;
      finished.set(trial, { dir: at, tree: below(model.live(), at) });
      continue;
    }
    // With its lease given back the run has ended in good order: whoever runs again then wants another batch.
    if (op.op === "rename" && op.to.includes("/leases/")) break;
    points += 1;
    const judged = verdictIn(op, model);
    if (judged !== null) verdicts.add(judged);
    if (index % every !== 0) continue;
    for (const mode of modes) {
      const disk = withoutOwner(mode === "crash" ? model.live() : model.after(lossesOf(mode, draw)), own);
      const key = hashOf(disk, finished.size + verdicts.size);
      if (seen.has(key)) continue;
      seen.add(key);
      const found = await oneDisk(project, root, prepared, disk, finished, verdicts);
      broken.push(...found.map((text) => `${mode} after change ${index} (${nameOf(op)}): ${text}`));
    }
  }
  return { points, disks: seen.size, broken };
}

async function oneDisk(
  project: string,
  root: string,
  prepared: PreparedPlan,
  disk: Tree,
  finished: ReadonlyMap<string, { readonly dir: string; readonly tree: Tree }>,
  verdicts: ReadonlySet<string>,
): Promise<string[]> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  for (const [path, content] of disk) {
    if (content === null) await mkdir(join(root, path), { recursive: true });
    else await writeFile(join(root, path), content);
  }
  const faults: string[] = [];
  // Promise 1: nothing that was finished is gone or different, and every reader works on what is there.
  for (const [trial, { dir, tree }] of finished) {
    const changes = differences(tree, below(disk, dir));
    if (changes.length > 0) faults.push(`${trial} was finished and is damaged: ${changes.slice(0, 3).join("; ")}`);
  }
  const batches = await foldersIn(join(root, "x"));
  try {
    for (const name of batches) {
      const batch = await readBatch(join(root, "x", name));
      viewOf(batch);
      await statusOf(batch);
    }
  } catch (error) {
    faults.push(`a reader fails: ${(error as Error).stack}`);
  }
  if (faults.length > 0) return faults;
  const started: string[] = [];
  try {
    await run(project, prepared, (event) => {
      if (event.type === "trial-started") started.push(event.trialName);
    });
  } catch (error) {
    return [`it cannot be continued: ${(error as Error).stack}`];
  }
  const after = await treeOf(root);
  const last = Math.max(...(await foldersIn(join(root, "x"))).map(Number));
  if (finished.size > 0 && last > 0 && batches.includes("0")) faults.push("another batch was made");
  faults.push(...afterwards(below(after, `x/${last}`)));
  for (const [trial, { dir, tree }] of finished) {
    const changes = differences(tree, below(after, dir));
    if (changes.length > 0) faults.push(`${trial} was finished and has changed: ${changes.slice(0, 3).join("; ")}`);
    if (started.includes(trial)) faults.push(`${trial} was finished and was run again`);
  }
  for (const trial of verdicts) if (started.includes(trial)) faults.push(`${trial} had its verdict and was run again`);
  faults.push(...keptTries(disk, after));
  return faults;
}

/** What a batch has to be once it was continued, by the files alone. */
function afterwards(batch: Tree): string[] {
  const faults: string[] = [];
  const results = [...batch].filter(([path]) => /^runs\/[^/]+\/[^/]+\/result\.json$/.test(path));
  const names = new Set(results.map(([path]) => path.split("/")[2]));
  if (results.length !== TRIALS || names.size !== TRIALS)
    faults.push(`${results.length} results of ${names.size} trials instead of ${TRIALS}`);
  for (const [path, content] of results) {
    const profile = path.split("/")[1]?.split("__").at(-1) ?? "";
    const text = content?.toString() ?? "";
    let reward: unknown;
    try {
      reward = (JSON.parse(text) as { verifier_result: { rewards: { reward: number } } }).verifier_result.rewards
        .reward;
    } catch (error) {
      faults.push(`${path}: ${(error as Error).message}`);
      continue;
    }
    if (reward !== REWARDS[profile]) faults.push(`${path}: reward ${String(reward)} instead of ${REWARDS[profile]}`);
  }
  const index = batch.get("runs/index.json")?.toString() ?? "{}";
  const { runs = [] } = JSON.parse(index) as { runs?: { outcome: string; results_json: string }[] };
  if (
    runs.length !== TRIALS ||
    runs.some(({ outcome, results_json }) => outcome !== "scored" || !batch.has(results_json))
  )
    faults.push(`the index is wrong: ${runs.map(({ outcome }) => outcome).join(" ")}`);
  const temporary = [...batch.keys()].filter((path) => path.endsWith(".tmp") || /(^|\/)\.[^/]*\.tmp/.test(path));
  if (temporary.length > 0) faults.push(`temporary files are left: ${temporary.slice(0, 3).join(", ")}`);
  return faults;
}

/** Every try that was there is still there with all its files: in its place, as the trial it became, or set aside. */
function keptTries(before: Tree, after: Tree): string[] {
  const faults: string[] = [];
  const contents = new Map<string, Set<string>>();
  for (const [path, content] of after) {
    if (content === null) continue;
    const trial = trialIn(path);
    if (trial === null) continue;
    const known = contents.get(trial.name) ?? new Set<string>();
    known.add(`${trial.file}\0${digest(content)}`);
    contents.set(trial.name, known);
  }
  for (const [path, content] of before) {
    if (content === null || content.length === 0 || path.endsWith(".tmp") || path.endsWith("trial.log")) continue;
    const trial = trialIn(path);
    // A running log moves among the collected files when a trial is recovered.
    if (trial === null || trial.file.startsWith(".regatta/")) continue;
    // A power cut may have left a part of these; they are ours, and written anew.
    if (trial.file === "config.json" || trial.file === "lock.json") continue;
    if (contents.get(trial.name)?.has(`${trial.file}\0${digest(content)}`) !== true)
      faults.push(`${path} was there and is lost`);
  }
  return faults;
}

function trialIn(path: string): { readonly name: string; readonly file: string } | null {
  const match =
    /^x\/\d+\/\.regatta\/tries\/[^/]+\/([^/]+)\/\d+\/(.+)$/.exec(path) ??
    /^x\/\d+\/\.regatta\/set-aside\/[^/]+\/(.+?)__\d+\/(.+)$/.exec(path) ??
    /^x\/\d+\/runs\/[^/]+\/([^/]+)\/(.+)$/.exec(path);
  return match === null ? null : { name: match[1] ?? "", file: match[2] ?? "" };
}

/** The trial whose verdict this change has made safe. */
function verdictIn(op: DiskOp, model: DiskModel): string | null {
  if (op.op !== "sync-dir" || !op.path.endsWith("/.regatta")) return null;
  return model.idOf(`${op.path}/verdict.json`) === null ? null : (trialIn(`${op.path}/verdict.json`)?.name ?? null);
}

function lossesOf(mode: Mode, draw: () => number): Losses {
  switch (mode) {
    case "crash":
    case "all":
      return { name: () => false, content: (_live, kept) => kept };
    case "content":
      return { name: () => true, content: (_live, kept) => kept };
    case "names":
      return { name: () => false, content: (live) => live };
    default:
      return {
        name: () => draw() < 0.5,
        content(live, kept) {
          const kind = draw();
          if (kind < 0.3) return kept;
          return kind < 0.6 ? live : live.subarray(0, Math.floor(draw() * live.length));
        },
      };
  }
}

/** The recorded run was this very process; on the disk that it leaves its owner has to be dead. */
function withoutOwner(tree: Tree, start: string): Tree {
  return new Map(
    [...tree].map(([path, content]) =>
      content !== null && path.includes("/leases/")
        ? [path, Buffer.from(content.toString().replace(`"start_time": "${start}"`, '"start_time": "1"'))]
        : [path, content],
    ),
  );
}

function below(tree: Tree, dir: string): Tree {
  const found = new Map<string, Buffer | null>();
  for (const [path, content] of tree) if (path.startsWith(`${dir}/`)) found.set(path.slice(dir.length + 1), content);
  return found;
}

function differences(wanted: Tree, found: Tree): string[] {
  const said: string[] = [];
  for (const [path, content] of wanted) {
    const other = found.get(path);
    if (other === undefined) said.push(`${path} is missing`);
    else if (content === null || other === null ? content !== other : !content.equals(other))
      said.push(
        `${path} is ${other?.length ?? "a folder"} bytes instead of ${content?.length ?? "a folder"}, or others`,
      );
  }
  for (const path of found.keys()) if (!wanted.has(path)) said.push(`${path} is new`);
  return said;
}

async function treeOf(root: string): Promise<Tree> {
  const tree = new Map<string, Buffer | null>();
  const visit = async (dir: string, path: string): Promise<void> => {
    for (const entry of await readdir(dir, { withFileTypes: true })) {
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory()) {
        tree.set(at, null);
        await visit(join(dir, entry.name), at);
      } else tree.set(at, await readFile(join(dir, entry.name)));
    }
  };
  await visit(root, "");
  return tree;
}

async function foldersIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function hashOf(tree: Tree, promised: number): string {
  const hash = createHash("sha256").update(`${promised}\n`);
  for (const path of [...tree.keys()].sort()) {
    const content = tree.get(path) ?? null;
    hash.update(`${path}\0${content === null ? "folder" : `${content.length}\0`}`);
    if (content !== null) hash.update(content);
  }
  return hash.digest("hex");
}

function digest(content: Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function nameOf(op: DiskOp): string {
  if ("path" in op) return `${op.op} ${op.path}`;
  if ("from" in op) return `${op.op} ${op.to}`;
  return "file" in op ? `${op.op} of file ${op.file}` : op.op;
}
