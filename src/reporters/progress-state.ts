/**
 * How far a run is, as a value: a pure reducer over its events. The live frame, `status` and the plain lines read it.
 *
 * Counts are of the whole batch as planned by this launch: trials that earlier launches finished are seeded with `kept`,
 * so that "reward so far" of a continued batch is of all its trials.
 */
import type { StampedEvent } from "../contract/event.ts";
import type { Outcome } from "../contract/outcome.ts";
import type { Phase } from "../contract/failure.ts";
import { cellKey, type TrialId } from "../contract/plan.ts";

export interface ProfileProgress {
  readonly key: string;
  readonly scored: number;
  readonly notScored: number;
  readonly cancelled: number;
  readonly notStarted: number;
  /** Sum and number of the known rewards of scored trials. */
  readonly rewardSum: number;
  readonly rewardKnown: number;
  readonly successes: number;
}

export interface RunningTrial {
  readonly trial: TrialId;
  readonly try: number;
  /** Milliseconds since 1970, by the events' own clock. */
  readonly since: number;
  /** null until the first phase starts. */
  readonly phase: Phase | null;
}

export interface ProgressState {
  readonly slug: string;
  readonly batch: number | null;
  readonly batchDir: string;
  /** Trials of the batch under this launch's plan, the kept ones included; null before the run has begun. */
  readonly total: number | null;
  /** The same for each profile; null when they are not all alike. */
  readonly perProfile: number | null;
  /** Trials that were finished before this launch and that no profile's counts include. */
  readonly keptUncounted: number;
  readonly slots: number;
  readonly profiles: readonly ProfileProgress[];
  /** Oldest first, by cell key. */
  readonly running: ReadonlyMap<string, RunningTrial>;
  /** Trials between two tries. */
  readonly waiting: ReadonlyMap<string, TrialId>;
  readonly startedAt: number | null;
  /** Trials that this launch has ended after starting them, and their seconds together: what the estimate rests on. */
  readonly timed: { readonly trials: number; readonly seconds: number };
  /** Tasks whose image is being made ready. */
  readonly images: ReadonlySet<string>;
  /** What the models of the batch took so far; null = nothing went through the gateway. */
  readonly spent: { readonly costUsd: number | null; readonly tokens: number } | null;
  readonly stopping: string | null;
  /** Why no new trials start for now. */
  readonly paused: string | null;
  readonly ended: boolean;
  readonly lastSeq: { readonly launch: number; readonly seq: number } | null;
}

interface Judged {
  readonly reward: number | null;
  readonly success: boolean | null;
}

export interface KeptTrial extends Judged {
  readonly id: TrialId;
  readonly outcome: Outcome;
}

export function initialProgress(kept: readonly KeptTrial[] = []): ProgressState {
  const empty: ProgressState = {
    slug: "",
    batch: null,
    batchDir: "",
    total: null,
    perProfile: null,
    keptUncounted: 0,
    slots: 1,
    profiles: [],
    running: new Map(),
    waiting: new Map(),
    startedAt: null,
    timed: { trials: 0, seconds: 0 },
    images: new Set(),
    spent: null,
    stopping: null,
    paused: null,
    ended: false,
    lastSeq: null,
  };
  return kept.reduce((state, trial) => withOutcome(state, trial.id, trial.outcome, trial), empty);
}

/** Events already seen (by launch and sequence number) and those of an unknown type change nothing. */
export function reduceProgress(state: ProgressState, event: StampedEvent): ProgressState {
  const { lastSeq } = state;
  if (lastSeq !== null && lastSeq.launch === event.launch && event.seq <= lastSeq.seq) return state;
  return { ...apply(state, event), lastSeq: { launch: event.launch, seq: event.seq } };
}

function apply(state: ProgressState, event: StampedEvent): ProgressState {
  const at = Date.parse(event.at);
  switch (event.type) {
    case "batch-started":
      return begin(state, event, at);
    case "image-started":
      return { ...state, images: new Set([...state.images, event.task]) };
    case "image-ended":
      return { ...state, images: new Set([...state.images].filter((task) => task !== event.task)) };
    case "trial-started": {
      const key = cellKey(event.trial);
      const running = new Map(state.running);
      running.delete(key);
      running.set(key, { trial: event.trial, try: event.try, since: at, phase: null });
      return { ...state, running, waiting: without(state.waiting, key) };
    }
    case "phase-started": {
      const key = cellKey(event.trial);
      const trial = state.running.get(key);
      if (trial === undefined) return state;
      return { ...state, running: new Map(state.running).set(key, { ...trial, phase: event.phase }) };
    }
    case "trial-retrying": {
      const key = cellKey(event.trial);
      return {
        ...state,
        running: without(state.running, key),
        waiting: new Map(state.waiting).set(key, event.trial),
      };
    }
    case "trial-ended": {
      const key = cellKey(event.trial);
      const timed = state.running.has(key)
        ? { trials: state.timed.trials + 1, seconds: state.timed.seconds + event.seconds }
        : state.timed;
      const ended = withOutcome(state, event.trial, event.outcome, event);
      return { ...ended, timed, running: without(state.running, key), waiting: without(state.waiting, key) };
    }
    case "models-spent":
      return { ...state, spent: { costUsd: event.costUsd, tokens: event.tokens } };
    case "paused":
      return { ...state, paused: event.message };
    case "resumed":
      return { ...state, paused: null };
    case "stopping":
      return { ...state, stopping: event.reason };
    case "batch-ended":
      return { ...state, running: new Map(), waiting: new Map(), images: new Set(), ended: true };
    case "preflight-started":
    case "preflight-ended":
    case "phase-ended":
    case "listener-failed":
    case "note":
      return state;
    default:
      return unknownEvent(event, state);
  }
}

/** An event that a later Regatta wrote: the types say there is none, the journal may disagree. */
function unknownEvent(_event: never, state: ProgressState): ProgressState {
  return state;
}

function begin(
  state: ProgressState,
  event: Extract<StampedEvent, { type: "batch-started" }>,
  at: number,
): ProgressState {
  const total = event.planned + event.kept;
  const perProfile = event.tasks.length * event.attempts;
  const seeded = state.profiles.filter((profile) => event.profiles.includes(profile.key));
  // More finished trials than this launch keeps: they are of tasks it leaves out, and cannot be told apart here.
  const finished = seeded.reduce((sum, profile) => sum + profile.scored + profile.notScored, 0);
  const usable = finished <= event.kept;
  return {
    ...initialProgress(),
    slug: event.slug,
    batch: event.batch,
    batchDir: event.batchDir,
    total,
    perProfile: perProfile * event.profiles.length === total ? perProfile : null,
    keptUncounted: event.kept - (usable ? finished : 0),
    slots: event.slots,
    profiles: event.profiles.map((key) => {
      const profile = usable ? seeded.find((one) => one.key === key) : undefined;
      return { ...(profile ?? emptyProfile(key)), cancelled: 0, notStarted: 0 };
    }),
    startedAt: at,
  };
}

function withOutcome(state: ProgressState, id: TrialId, outcome: Outcome, judged: Judged): ProgressState {
  const known = state.profiles.some((profile) => profile.key === id.profile);
  const profiles = known ? state.profiles : [...state.profiles, emptyProfile(id.profile)];
  return {
    ...state,
    profiles: profiles.map((profile) => (profile.key === id.profile ? counted(profile, outcome, judged) : profile)),
  };
}

function counted(profile: ProfileProgress, outcome: Outcome, { reward, success }: Judged): ProfileProgress {
  switch (outcome.kind) {
    case "scored": {
      const scored = { ...profile, scored: profile.scored + 1 };
      if (reward === null) return scored;
      return {
        ...scored,
        rewardSum: profile.rewardSum + reward,
        rewardKnown: profile.rewardKnown + 1,
        successes: profile.successes + (success === true ? 1 : 0),
      };
    }
    case "not-scored":
      return { ...profile, notScored: profile.notScored + 1 };
    case "cancelled":
      return { ...profile, cancelled: profile.cancelled + 1 };
    case "not-started":
      return { ...profile, notStarted: profile.notStarted + 1 };
  }
}

function emptyProfile(key: string): ProfileProgress {
  return { key, scored: 0, notScored: 0, cancelled: 0, notStarted: 0, rewardSum: 0, rewardKnown: 0, successes: 0 };
}

function without<V>(map: ReadonlyMap<string, V>, key: string): ReadonlyMap<string, V> {
  if (!map.has(key)) return map;
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/** Trials of a profile that are over, however they ended. */
export function doneOf(profile: ProfileProgress): number {
  return profile.scored + profile.notScored + profile.cancelled + profile.notStarted;
}

/** Trials over in the whole batch. */
export function doneInAll(state: ProgressState): number {
  return state.profiles.reduce((sum, profile) => sum + doneOf(profile), state.keptUncounted);
}

/**
 * Seconds until the last trial ends: the mean of those that ended, for all that are left, `slots` at a time.
 * null until there is something to go by: as many ended trials as slots, or a tenth of all.
 */
export function remainingSeconds(state: ProgressState, now: number): number | null {
  const { timed, total, slots } = state;
  if (total === null || timed.trials === 0) return null;
  if (timed.trials < Math.min(slots, Math.ceil(total / 10))) return null;
  const each = timed.seconds / timed.trials;
  const pending = Math.max(0, total - doneInAll(state) - state.running.size);
  const ofRunning = [...state.running.values()].reduce(
    (sum, { since }) => sum + Math.max(0, each - (now - since) / 1000),
    0,
  );
  return (pending * each + ofRunning) / Math.max(1, Math.min(slots, pending + state.running.size));
}
