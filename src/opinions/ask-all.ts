/**
 * All questions of an analysis: of each trial, of each task, then of everything. One trajectory after the other is read, asked
 * about and let go, so that their number does not matter.
 */
import { mapBounded } from "../base/bounded.ts";
import type { Asker } from "./ask.ts";
import { type Blinding, blinding, mapStrings } from "./blinding.ts";
import {
  narrativeQuestion,
  paperQuestion,
  relabelled,
  synthesisQuestion,
  type TaskNotes,
  type TrialNotes,
} from "./group-questions.ts";
import type { Judged, JudgedTrial, ReadSteps } from "./judged-trial.ts";
import type {
  Answer,
  FailureOpinion,
  ImagesOpinion,
  McpOpinion,
  NarrativeOpinion,
  Opinions,
  PaperOpinion,
  StrategyOpinion,
  SynthesisOpinion,
  TaskRow,
  TrialRow,
} from "./opinions.ts";
import { strangeNumbers } from "./strange-numbers.ts";
import { type Askable, trialQuestions } from "./trial-questions.ts";

export interface AskAllOptions {
  readonly judged: Judged;
  readonly readSteps: ReadSteps;
  readonly asker: Asker;
  readonly seed: number;
  /** Called as it goes on: how many trials and tasks have been asked about. */
  readonly onProgress?: (done: number, all: number) => void;
}

export type AllAnswers = Omit<Opinions, "mark" | "spend">;

/** Questions under way. */
const AT_ONCE = 4;

interface AboutTrial {
  readonly trial: JudgedTrial;
  readonly strategy: TrialRow<StrategyOpinion>;
  readonly failure: TrialRow<FailureOpinion>;
  readonly mcp: TrialRow<McpOpinion>;
  readonly images: TrialRow<ImagesOpinion>;
}

interface AboutTask {
  readonly row: TaskRow<NarrativeOpinion>;
  /** In the labels of the whole; null = there is none. */
  readonly notes: TaskNotes | null;
}

export async function askAll({ judged, readSteps, asker, seed, onProgress }: AskAllOptions): Promise<AllAnswers> {
  const whole = blinding([...new Set(judged.trials.map(({ profile }) => profile))], "everything", seed);
  const tasks = [...new Set(judged.trials.map(({ task }) => task))];
  let done = 0;
  const counted = async <T>(asking: Promise<T>): Promise<T> => {
    const found = await asking;
    onProgress?.(++done, judged.trials.length + tasks.length);
    return found;
  };
  const about = await mapBounded(judged.trials, AT_ONCE, (trial) => counted(aboutTrial(trial, readSteps, asker)));
  const compared = await mapBounded(tasks, AT_ONCE, (task) => {
    const trials = judged.trials.filter((trial) => trial.task === task);
    return counted(aboutTask(task, trials, { readSteps, asker, seed, whole }));
  });
  const synthesis = await synthesize(judged, about, compared, { asker, seed, whole });
  const paper = await snippets(judged, synthesis, whole, asker);
  return {
    strategies: about.map(({ strategy }) => strategy),
    failures: about.flatMap(({ trial, failure }) => (trial.success === true ? [] : failure)),
    mcp: about.map(({ mcp }) => mcp),
    images: about.map(({ images }) => images),
    narratives: compared.map(({ row }) => row),
    synthesis: unblinded(synthesis, whole),
    paper: unblinded(paper.answer, whole),
    strangeNumbers: paper.strange,
  };
}

async function aboutTrial(trial: JudgedTrial, readSteps: ReadSteps, asker: Asker): Promise<AboutTrial> {
  const questions = await trialQuestions(trial, readSteps);
  const { profile, task, attempt, path } = trial;
  const row = async <T>(askable: Askable<T>): Promise<TrialRow<T>> => {
    const answer: Answer<T> = "none" in askable ? { state: "not-asked", why: askable.none } : await asker.ask(askable);
    return { profile, task, attempt, path, condensed: questions.condensed, answer };
  };
  return {
    trial,
    strategy: await row(questions.strategy),
    failure: await row(questions.failure),
    mcp: await row(questions.mcp),
    images: await row(questions.images),
  };
}

interface TaskOptions extends Pick<AskAllOptions, "readSteps" | "asker" | "seed"> {
  readonly whole: Blinding;
}

async function aboutTask(
  task: string,
  trials: readonly JudgedTrial[],
  { readSteps, asker, seed, whole }: TaskOptions,
): Promise<AboutTask> {
  const blind = blinding([...new Set(trials.map(({ profile }) => profile))], task, seed);
  const found = narrativeQuestion(trials, blind, readSteps);
  const head = { task, profiles: blind.profiles };
  if ("none" in found)
    return { row: { ...head, condensed: null, answer: { state: "not-asked", why: found.none } }, notes: null };
  const answer = await asker.ask(found.question);
  return {
    row: { ...head, condensed: found.condensed, answer: unblinded(answer, blind) },
    notes: answer.state === "answered" ? { task, narrative: relabelled(answer.opinion, blind, whole) } : null,
  };
}

async function synthesize(
  judged: Judged,
  about: readonly AboutTrial[],
  compared: readonly AboutTask[],
  { asker, seed, whole }: Pick<TaskOptions, "asker" | "seed" | "whole">,
): Promise<Answer<SynthesisOpinion>> {
  const notes = about.map(({ trial, strategy, failure, mcp }): TrialNotes => ({
    trial,
    strategy: opinionIn(strategy.answer),
    failure: opinionIn(failure.answer),
    mcp: opinionIn(mcp.answer),
  }));
  const known = notes.filter(({ strategy, failure, mcp }) => strategy !== null || failure !== null || mcp !== null);
  const anything = asker.pretends
    ? about.some(({ strategy }) => strategy.condensed !== null)
    : known.length > 0 || compared.some((task) => task.notes !== null);
  if (!anything) return { state: "not-asked", why: "there is no opinion to draw together" };
  const tasks = compared.flatMap((task) => task.notes ?? []);
  return asker.ask(synthesisQuestion(judged, known, tasks, whole, seed));
}

async function snippets(
  judged: Judged,
  synthesis: Answer<SynthesisOpinion>,
  whole: Blinding,
  asker: Asker,
): Promise<{ readonly answer: Answer<PaperOpinion>; readonly strange: readonly string[] }> {
  const opinion = opinionIn(synthesis);
  const pretended = asker.pretends && synthesis.state === "not-asked" && synthesis.why === "only estimated";
  if (opinion === null && !pretended)
    return { answer: { state: "not-asked", why: "there is no synthesis" }, strange: [] };
  const { question, material } = paperQuestion(judged, opinion, whole);
  const answer = await asker.ask(question);
  const written = opinionIn(answer);
  return { answer, strange: written === null ? [] : strangeNumbers(Object.values(written).join("\n"), material) };
}

function unblinded<T>(answer: Answer<T>, blind: Blinding): Answer<T> {
  if (answer.state !== "answered") return answer;
  return { ...answer, opinion: mapStrings(answer.opinion, (text) => blind.unblind(text)) };
}

export function opinionIn<T>(answer: Answer<T>): T | null {
  return answer.state === "answered" ? answer.opinion : null;
}
