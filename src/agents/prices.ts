/**
 * What well-known models cost, for runs whose agent does not say: US dollars per million tokens, list prices of the providers'
 * public APIs without batch, priority or regional rates, as of PRICES_AS_OF. An unknown model has no price: null, never a guess.
 */

export const PRICES_AS_OF = "2026-11-21";

/** US dollars per million tokens. */
export interface Rates {
  /** Input that is neither read from nor written to a cache. */
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** Kept for five minutes, or however long a provider keeps it that has one price. */
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
}

export interface Price extends Rates {
  /** A call with more input than this costs other rates, all of it. */
  readonly long: { readonly above: number; readonly rates: Rates } | null;
}

/** Of one call of a model. */
export interface CallTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly cacheWriteHour: number;
  readonly output: number;
}

/** Anthropic's cache prices follow from the input's: 0.1 to read, 1.25 to write, 2 to write for an hour. */
function anthropic(input: number, output: number, cacheRead = input / 10): Price {
  return { ...rates(input, output, cacheRead), long: null };
}

function rates(input: number, output: number, cacheRead: number): Rates {
  return { input, output, cacheRead, cacheWrite: input * 1.25, cacheWriteHour: input * 2 };
}

/** OpenAI charges nothing extra to fill a cache, up to the models of GPT-5.5. */
function openai(input: number, output: number, cacheRead: number): Price {
  return { input, output, cacheRead, cacheWrite: input, cacheWriteHour: input, long: null };
}

/** From GPT-5.6 on to fill a cache costs a quarter more; a long conversation costs twice the input and 1.5 times the output. */
function openaiLong(input: number, output: number, cacheRead: number, write = 1.25): Price {
  const of = (factor: number, outputFactor: number): Rates => ({
    input: input * factor,
    output: output * outputFactor,
    cacheRead: cacheRead * factor,
    cacheWrite: input * write * factor,
    cacheWriteHour: input * write * factor,
  });
  return { ...of(1, 1), long: { above: 272_000, rates: of(2, 1.5) } };
}

const PRICES: ReadonlyMap<string, Price> = new Map([
  ["claude-opus-5-5", anthropic(4, 20, 0.2)],
  ["claude-opus-5", anthropic(5, 25)],
  ["claude-opus-4-8", anthropic(5, 25)],
  ["claude-opus-4-7", anthropic(5, 25)],
  ["claude-opus-4-6", anthropic(5, 25)],
  ["claude-opus-4-5", anthropic(5, 25)],
  ["claude-opus-4-1", anthropic(15, 75)],
  ["claude-opus-4", anthropic(15, 75)],
  ["claude-sonnet-5-5", anthropic(2, 10, 0.1)],
  ["claude-sonnet-5", anthropic(2, 10)],
  ["claude-sonnet-4-6", anthropic(3, 15)],
  ["claude-sonnet-4-5", anthropic(3, 15)],
  ["claude-sonnet-4", { ...anthropic(3, 15), long: { above: 200_000, rates: rates(6, 22.5, 0.6) } }],
  ["claude-3-7-sonnet", anthropic(3, 15)],
  ["claude-haiku-5-5", { ...anthropic(0.1, 0.5), long: { above: 100_000, rates: rates(0.5, 2.5, 0.05) } }],
  ["claude-haiku-4-5", anthropic(1, 5)],
  ["claude-3-5-haiku", anthropic(0.8, 4)],
  ["gpt-6.1-sol", openaiLong(2, 10, 0.1)],
  ["gpt-6-astra", openaiLong(10, 50, 1)],
  ["gpt-6-sol", openaiLong(2, 10, 0.2)],
  ["gpt-6-luna", openaiLong(0.1, 0.5, 0.01)],
  ["gpt-5.6", openaiLong(4, 20, 0.4)],
  ["gpt-5.5", openaiLong(5, 30, 0.5, 1)],
  ["gpt-5.4", openaiLong(2.5, 15, 0.25, 1)],
  ["gpt-5.4-mini", openai(0.75, 4.5, 0.075)],
  ["gpt-5.4-nano", openai(0.2, 1.25, 0.02)],
  ["gpt-5.3-codex", openai(1.75, 14, 0.175)],
  ["gpt-5.2", openai(1.75, 14, 0.175)],
  ["gpt-5.2-codex", openai(1.75, 14, 0.175)],
  ["gpt-5.1", openai(1.25, 10, 0.125)],
  ["gpt-5.1-codex", openai(1.25, 10, 0.125)],
  ["gpt-5.1-codex-max", openai(1.25, 10, 0.125)],
  ["gpt-5.1-codex-mini", openai(0.25, 2, 0.025)],
  ["gpt-5", openai(1.25, 10, 0.125)],
  ["gpt-5-codex", openai(1.25, 10, 0.125)],
  ["gpt-5-mini", openai(0.25, 2, 0.025)],
  ["gpt-5-nano", openai(0.05, 0.4, 0.005)],
  ["gpt-4.1", openai(2, 8, 0.5)],
  ["gpt-4.1-mini", openai(0.4, 1.6, 0.1)],
  ["o3", openai(2, 8, 0.5)],
  ["o4-mini", openai(1.1, 4.4, 0.275)],
]);

/**
 * By any spelling of a model's name: with its provider before it, a region and a version as Bedrock has them, a date, `[1m]`.
 *
 * @returns null for a model that is not in the table, also when it begins like one that is.
 */
export function priceOf(model: string): Price | null {
  const name = model
    .toLowerCase()
    .replace(/\[1m\]$/, "")
    .replace(/^.*\//, "")
    .replace(/^(?:[a-z-]+\.)?anthropic\./, "")
    .replace(/-v\d+(?::\d+)?$/, "")
    .replace(/[-@](?:20\d{6}|20\d\d-\d\d-\d\d|latest)$/, "");
  return PRICES.get(name) ?? null;
}

/** US dollars. */
export function costOf(price: Price, tokens: CallTokens): number {
  const whole = tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour;
  const rate = price.long !== null && whole > price.long.above ? price.long.rates : price;
  const sum =
    tokens.input * rate.input +
    tokens.cacheRead * rate.cacheRead +
    tokens.cacheWrite * rate.cacheWrite +
    tokens.cacheWriteHour * rate.cacheWriteHour +
    tokens.output * rate.output;
  return sum / 1e6;
}
