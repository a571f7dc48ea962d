/** Questions about one trial: what each is shown of it, and what it is not. */
import { isAbsolute, join } from "node:path";
import { readUntrustedText } from "../host/untrusted-json.ts";
import { failureSchema, imagesSchema, mcpSchema, strategySchema } from "./answers/schemas.ts";
import type { JudgedTrial, ReadSteps } from "./judged-trial.ts";
import { type CondensedText, type ImageRef, stepFold } from "./material/condense.ts";
import { readImages } from "./material/read-images.ts";
import { pieceOf, shown } from "./material/shorten.ts";
import type { Condensed, FailureOpinion, ImagesOpinion, McpOpinion, StrategyOpinion } from "./opinions.ts";
import { FAILURE } from "./prompts/failure.ts";
import { IMAGES } from "./prompts/images.ts";
import { MCP } from "./prompts/mcp.ts";
import { STRATEGY } from "./prompts/strategy.ts";
import { type Question, question } from "./question.ts";

/** Characters of a trajectory in one question: some 17,000 tokens. */
const TRIAL_BUDGET = 60_000;
/** Of the tests' output: its end says what failed. */
const OUTPUT_ROOM = 4000;
const MOST_OUTPUT_BYTES = 8 << 20;

/** A question, or why there is none. */
export type Askable<T> = Question<T> | { readonly none: string };

export interface TrialQuestions {
  readonly condensed: Condensed | null;
  readonly strategy: Askable<StrategyOpinion>;
  readonly failure: Askable<FailureOpinion>;
  readonly mcp: Askable<McpOpinion>;
  readonly images: Askable<ImagesOpinion>;
}

export interface Recorded {
  readonly steps: number;
  readonly images: readonly ImageRef[];
  fit(budget: number): CondensedText;
}

/** What an agent did, or why that is not known. */
export function recordOf(
  { dir }: Pick<JudgedTrial, "dir">,
  readSteps: ReadSteps,
): Recorded | { readonly none: string } {
  const fold = stepFold();
  const problem = readSteps(dir, (step) => fold.step(step));
  if (problem !== null) return { none: problem };
  return fold.steps === 0 ? { none: "the trajectory has no steps" } : fold;
}

export async function trialQuestions(trial: JudgedTrial, readSteps: ReadSteps): Promise<TrialQuestions> {
  const record: ReturnType<typeof recordOf> =
    trial.success === null ? { none: "the trial was not scored" } : recordOf(trial, readSteps);
  if ("none" in record) return { condensed: null, strategy: record, failure: record, mcp: record, images: record };
  const { text, facts } = record.fit(TRIAL_BUDGET);
  const { steps } = record;
  const head = [`task: ${JSON.stringify(trial.task)}`, recordLine(facts)];
  const material = (...more: readonly string[]): string => [...head, ...more, "", text].join("\n");
  return {
    condensed: facts,
    strategy: question({
      prompt: STRATEGY,
      schema: strategySchema,
      material: material(),
      check: ({ phases }) =>
        noStep(
          phases.flatMap(({ first_step: a, last_step: b }) => [a, b]),
          steps,
        ),
      expectedTokens: 500,
    }),
    failure: trial.success === true ? { none: "it did not fail" } : await failureQuestion(trial, material, steps),
    mcp: trial.servers.length === 0 ? { none: "no tool of an MCP server was called" } : mcpQuestion(trial, material),
    images: await imagesQuestion(trial, record.images),
  };
}

export function recordLine({ steps, cut }: Condensed): string {
  return `record: ${steps} steps${cut === null ? ", complete" : `; ${cut}`}`;
}

async function failureQuestion(
  trial: JudgedTrial,
  material: (...more: readonly string[]) => string,
  steps: number,
): Promise<Question<FailureOpinion>> {
  const { reward, endedBy, seconds, dir } = trial;
  const outcome = [
    `outcome: failed, reward ${reward ?? "unknown"}`,
    `the agent's run ended by: ${endedBy ?? "unknown"}${seconds === null ? "" : `, after ${Math.round(seconds)} s`}`,
  ];
  const output = await readUntrustedText(join(dir, "verifier", "test-stdout.txt"), MOST_OUTPUT_BYTES);
  const end = output.kind === "text" ? shown(pieceOf(output.text.slice(-OUTPUT_ROOM)), OUTPUT_ROOM).text : null;
  return question({
    prompt: FAILURE,
    schema: failureSchema,
    material: material(...outcome, ...(end === null ? [] : ["", "--- end of the tests' output", end])),
    check: ({ critical_step: critical, evidence }) =>
      noStep([...(critical === null ? [] : [critical]), ...evidence.map(({ step }) => step)], steps),
    expectedTokens: 400,
  });
}

function mcpQuestion({ servers }: JudgedTrial, material: (...more: readonly string[]) => string): Question<McpOpinion> {
  const known = servers.map(({ server }) => server);
  const lines = servers.map((each) => JSON.stringify(each));
  return question({
    prompt: MCP,
    schema: mcpSchema,
    material: material("MCP servers that were called:", ...lines),
    check: (answer) => {
      const strange = answer.servers.find(({ server }) => !known.includes(server));
      return strange === undefined ? null : `no server "${strange.server}" was called`;
    },
    expectedTokens: 350,
  });
}

async function imagesQuestion(trial: JudgedTrial, refs: readonly ImageRef[]): Promise<Askable<ImagesOpinion>> {
  if (refs.length === 0) return { none: "the trajectory has no images" };
  const { loaded, leftOut } = await readImages(
    trial.dir,
    refs.filter(({ path }) => !isAbsolute(path)),
  );
  if (loaded.length === 0)
    return { none: `none of ${refs.length} images can be shown: ${leftOut[0] ?? "absolute paths"}` };
  const lines = loaded.map(({ step }, at) => `image ${at + 1} is from step ${step}`);
  return question({
    prompt: IMAGES,
    schema: imagesSchema,
    material: [`task: ${JSON.stringify(trial.task)}`, ...lines, ...leftOut].join("\n"),
    images: loaded,
    check: ({ images }) => {
      const strange = images.find(({ image }) => image > loaded.length);
      return strange === undefined ? null : `there is no image ${strange.image}`;
    },
    expectedTokens: 300,
  });
}

function noStep(named: readonly number[], steps: number): string | null {
  const strange = named.find((step) => step > steps);
  return strange === undefined ? null : `there is no step ${strange}, only ${steps}`;
}
