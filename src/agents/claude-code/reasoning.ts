/**
 * What `reasoning` means to Claude Code 2.1.197, measured on the wire for each family of models: some take an effort, some only a
 * budget of thinking tokens, and what a model does not take the program ignores or lowers without a word. That is an error here.
 */
export interface Reasoning {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the model is then asked for, in the words of the API. */
  readonly effective: string;
}

type Family =
  | { readonly kind: "budget" }
  | { readonly kind: "effort"; readonly levels: readonly string[] }
  | { readonly kind: "none" };

const ALL = ["low", "medium", "high", "xhigh", "max"];
/** What the program itself gave its words for thinking hard, before there was an effort. 31,999 is its default. */
const BUDGETS: Readonly<Record<string, number>> = { low: 4000, medium: 10_000, high: 31_999 };
/** Under 32,000 output tokens at least one has to be left for the answer. */
const MOST_BUDGET = 31_999;
const LEAST_BUDGET = 1024;

const FAMILIES: readonly (readonly [pattern: RegExp, family: Family])[] = [
  [/^claude-(3|2|instant)/, { kind: "none" }],
  [/^claude-(haiku|sonnet)-4-5(?!\d)/, { kind: "budget" }],
  [/^claude-(opus|sonnet)-4(-[01])?(-\d{8})?$/, { kind: "budget" }],
  [/^claude-opus-4-5(?!\d)/, { kind: "effort", levels: ["low", "medium", "high"] }],
  [/^claude-(opus|sonnet)-4-6(?!\d)/, { kind: "effort", levels: ["low", "medium", "high", "max"] }],
];

function familyOf(model: string): Family {
  const name = model.slice(model.lastIndexOf("/") + 1);
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? { kind: "effort", levels: ALL };
}

/** @param model null = the program's own choice, which takes every effort */
export function reasoningFor(reasoning: string, model: string | null): Reasoning | { readonly refused: string } {
  const family = model === null ? ({ kind: "effort", levels: ALL } as const) : familyOf(model);
  const shown = model ?? "the agent's own model";
  if (family.kind === "none") return { refused: `${shown} does not reason: leave reasoning out` };
  if (reasoning === "none") return { args: [], env: { MAX_THINKING_TOKENS: "0" }, effective: "thinking disabled" };
  if (family.kind === "effort") {
    if (family.levels.includes(reasoning))
      return { args: ["--effort", reasoning], env: {}, effective: `effort ${reasoning}` };
    const why = ALL.includes(reasoning) ? `${shown} would silently be asked for less` : "there is no such effort";
    return { refused: `reasoning = "${reasoning}": ${why}; it takes none, ${family.levels.join(", ")}` };
  }
  const budget = BUDGETS[reasoning] ?? (/^\d+$/.test(reasoning) ? Number(reasoning) : null);
  if (budget === null || budget < LEAST_BUDGET || budget > MOST_BUDGET)
    return {
      refused: `reasoning = "${reasoning}": ${shown} has no effort, it thinks with a budget; it takes none, ${Object.keys(BUDGETS).join(", ")}, or tokens from ${LEAST_BUDGET} to ${MOST_BUDGET}`,
    };
  return { args: [], env: { MAX_THINKING_TOKENS: String(budget) }, effective: `thinking budget ${budget}` };
}
