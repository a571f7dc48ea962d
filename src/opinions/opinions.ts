/**
 * What a model thinks of trials: never a measurement, always with the model, the prompt and what it cost beside it.
 * Files, the screen and the report are made from this value; nothing that is measured knows of it.
 */

export const CONFIDENCE = ["low", "medium", "high"] as const;
export type Confidence = (typeof CONFIDENCE)[number];

export const APPROACHES = [
  "explore-first",
  "plan-then-act",
  "test-driven",
  "reproduce-first",
  "edit-first",
  "trial-and-error",
  "other",
] as const;

export const FAILURE_CATEGORIES = [
  "misread-task",
  "wrong-diagnosis",
  "incomplete-fix",
  "broke-something-else",
  "did-not-verify",
  "tool-misuse",
  "environment-trouble",
  "stuck-in-loop",
  "out-of-time-or-budget",
  "gave-up",
  "verifier-or-task-at-fault",
  "other",
] as const;

export const MCP_EFFECTS = ["helped", "neutral", "hurt", "unclear"] as const;

/** Steps are numbered from 1 in the order they ran, without those copied from an earlier context. */
export interface StrategyOpinion {
  readonly approach: (typeof APPROACHES)[number];
  readonly summary: string;
  readonly phases: readonly { readonly first_step: number; readonly last_step: number; readonly what: string }[];
  /** 1 poor … 5 excellent. */
  readonly quality: number;
  readonly strengths: readonly string[];
  readonly weaknesses: readonly string[];
  readonly confidence: Confidence;
}

export interface FailureOpinion {
  readonly category: (typeof FAILURE_CATEGORIES)[number];
  readonly root_cause: string;
  /** Where it became likely to fail; null = no single step. */
  readonly critical_step: number | null;
  /** What, done differently there, would likely have led to success. */
  readonly counterfactual: string;
  readonly evidence: readonly { readonly step: number; readonly what: string }[];
  readonly confidence: Confidence;
}

export interface McpOpinion {
  readonly servers: readonly {
    readonly server: string;
    readonly used_for: string;
    readonly effect: (typeof MCP_EFFECTS)[number];
    /** 1 poor … 5 excellent. */
    readonly quality: number;
  }[];
  readonly missed_opportunities: readonly string[];
  readonly summary: string;
  readonly confidence: Confidence;
}

export interface ImagesOpinion {
  readonly images: readonly { readonly image: number; readonly shows: string; readonly bears_on_task: string }[];
  readonly summary: string;
  readonly confidence: Confidence;
}

/** `runner` is a profile; while the model was asked it was a label. */
export interface NarrativeOpinion {
  readonly narrative: string;
  readonly runners: readonly { readonly runner: string; readonly did: string }[];
  readonly decisive_difference: string;
  readonly confidence: Confidence;
}

export interface SynthesisOpinion {
  readonly headline: string;
  readonly runners: readonly {
    readonly runner: string;
    readonly pattern: string;
    readonly strengths: readonly string[];
    readonly weaknesses: readonly string[];
  }[];
  readonly findings: readonly {
    readonly claim: string;
    readonly tasks: readonly string[];
    readonly confidence: Confidence;
  }[];
  readonly recommendations: readonly string[];
  readonly caveats: readonly string[];
}

export interface PaperOpinion {
  readonly abstract_sentence: string;
  readonly results_paragraph: string;
  readonly qualitative_paragraph: string;
  readonly limitations_paragraph: string;
}

/** What was left out of a trajectory to make it fit. Characters of what the steps say. */
export interface Condensed {
  readonly steps: number;
  readonly shownSteps: number;
  readonly characters: number;
  readonly shownCharacters: number;
  /** In words; null = nothing was cut. */
  readonly cut: string | null;
}

export interface Price {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** What the answer cost when it was given; null = not known. */
  readonly costUsd: number | null;
}

export type FailureKind =
  | "refused"
  | "malformed"
  | "cut"
  | "busy"
  | "unreachable"
  | "rejected"
  /** The endpoint had failed for good before. */
  | "not-sent";

export type Answer<T> =
  | { readonly state: "answered"; readonly opinion: T; readonly cached: boolean; readonly price: Price }
  | { readonly state: "failed"; readonly kind: FailureKind; readonly why: string; readonly price: Price }
  /** There was nothing to ask, and why. */
  | { readonly state: "not-asked"; readonly why: string };

export interface TrialRow<T> {
  readonly profile: string;
  readonly task: string;
  readonly attempt: number;
  /** Of the trial's directory, relative to what was read. */
  readonly path: string;
  readonly condensed: Condensed | null;
  readonly answer: Answer<T>;
}

export interface TaskRow<T> {
  readonly task: string;
  /** In the order they were shown: drawn at random. */
  readonly profiles: readonly string[];
  readonly condensed: Condensed | null;
  readonly answer: Answer<T>;
}

/** Cohen's kappa between the model and people, on one kind of label. */
export interface Agreement {
  readonly label: string;
  readonly n: number;
  /** Null = could not be computed; `because` has the reason. */
  readonly kappa: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly weights: "none" | "quadratic";
  readonly because: string | null;
}

/** Stands on everything that is made from opinions. */
export interface Mark {
  readonly statement: string;
  /** `provider/name`, as it was asked for. */
  readonly model: string;
  /** `strategy` → `1`. */
  readonly prompts: Readonly<Record<string, number>>;
  readonly seed: number;
  /** Null = not measured. */
  readonly agreement: readonly Agreement[] | null;
}

export interface Spend {
  /** Questions that were sent, also those that came to nothing. */
  readonly calls: number;
  readonly cached: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of this run alone; null = the price of some call is not known. */
  readonly costUsd: number | null;
  /** Calls of this run that it is known what they cost, and what they cost: all of them where `costUsd` is known. */
  readonly pricedCalls: number;
  readonly knownUsd: number;
  /** What all answers cost when they were given, those of earlier runs included; null = not known of some. */
  readonly answersUsd: number | null;
}

export interface Opinions {
  readonly mark: Mark;
  readonly strategies: readonly TrialRow<StrategyOpinion>[];
  readonly failures: readonly TrialRow<FailureOpinion>[];
  readonly mcp: readonly TrialRow<McpOpinion>[];
  readonly images: readonly TrialRow<ImagesOpinion>[];
  readonly narratives: readonly TaskRow<NarrativeOpinion>[];
  readonly synthesis: Answer<SynthesisOpinion>;
  readonly paper: Answer<PaperOpinion>;
  /** Numbers in the paper's snippets that were not among the figures the model was given. */
  readonly strangeNumbers: readonly string[];
  readonly spend: Spend;
}
