/** What an answer must look like. Checked on everything that comes back, whatever the provider promises; loads zod. */
import { z } from "zod";
import {
  APPROACHES,
  CONFIDENCE,
  FAILURE_CATEGORIES,
  type FailureOpinion,
  type ImagesOpinion,
  MCP_EFFECTS,
  type McpOpinion,
  type NarrativeOpinion,
  type PaperOpinion,
  type StrategyOpinion,
  type SynthesisOpinion,
} from "../opinions.ts";

const words = z.string().min(1).max(4000);
const few = z.array(z.string().min(1).max(1000)).max(12);
const step = z.number().int().min(1);
const quality = z.number().int().min(1).max(5);
const confidence = z.enum(CONFIDENCE);

export const strategySchema: z.ZodType<StrategyOpinion> = z.strictObject({
  approach: z.enum(APPROACHES),
  summary: words,
  phases: z.array(z.strictObject({ first_step: step, last_step: step, what: words })).max(12),
  quality,
  strengths: few,
  weaknesses: few,
  confidence,
});

export const failureSchema: z.ZodType<FailureOpinion> = z.strictObject({
  category: z.enum(FAILURE_CATEGORIES),
  root_cause: words,
  critical_step: step.nullable(),
  counterfactual: words,
  evidence: z.array(z.strictObject({ step, what: words })).max(12),
  confidence,
});

export const mcpSchema: z.ZodType<McpOpinion> = z.strictObject({
  servers: z.array(z.strictObject({ server: words, used_for: words, effect: z.enum(MCP_EFFECTS), quality })).max(50),
  missed_opportunities: few,
  summary: words,
  confidence,
});

export const imagesSchema: z.ZodType<ImagesOpinion> = z.strictObject({
  images: z
    .array(z.strictObject({ image: z.number().int().min(1), shows: words, bears_on_task: words }))
    .min(1)
    .max(50),
  summary: words,
  confidence,
});

export const narrativeSchema: z.ZodType<NarrativeOpinion> = z.strictObject({
  narrative: words,
  runners: z.array(z.strictObject({ runner: words, did: words })).max(50),
  decisive_difference: words,
  confidence,
});

export const synthesisSchema: z.ZodType<SynthesisOpinion> = z.strictObject({
  headline: words,
  runners: z.array(z.strictObject({ runner: words, pattern: words, strengths: few, weaknesses: few })).max(50),
  findings: z.array(z.strictObject({ claim: words, tasks: z.array(words).max(200), confidence })).max(20),
  recommendations: few,
  caveats: few,
});

export const paperSchema: z.ZodType<PaperOpinion> = z.strictObject({
  abstract_sentence: words,
  results_paragraph: words,
  qualitative_paragraph: words,
  limitations_paragraph: words,
});

/** Keywords that providers refuse in a schema they enforce; the check above has them all the same. */
const UNENFORCED = new Set(["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "$schema"]);

/** As providers take it for structured output: every member required, none beyond. */
export function jsonSchemaOf(schema: z.ZodType): Readonly<Record<string, unknown>> {
  return without(z.toJSONSchema(schema)) as Record<string, unknown>;
}

function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !UNENFORCED.has(key))
      .map(([key, item]) => [key, without(item)]),
  );
}

/** One line: where, and what is wrong. */
export function problemIn(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return "it does not match the schema";
  return `${issue.path.length === 0 ? "the whole" : issue.path.join(".")}: ${issue.message}`;
}
