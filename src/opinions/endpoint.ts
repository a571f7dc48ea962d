/** `--model provider/name` and the variables around it → where questions go. */
import { UserError } from "../contract/failure.ts";
import { anthropic } from "./providers/anthropic.ts";
import { openaiChat } from "./providers/openai-chat.ts";
import { openaiResponses } from "./providers/openai-responses.ts";
import type { Provider } from "./providers/provider.ts";

export interface Endpoint {
  /** `provider/name`: what results show, and what answers are kept under. */
  readonly model: string;
  /** As the endpoint knows it. */
  readonly name: string;
  readonly provider: Provider;
  readonly url: string;
  readonly key: string | null;
  /** Why nothing can be asked; null = it can. Answers that are kept need no key. */
  readonly missing: string | null;
}

interface Family {
  readonly key: string;
  readonly base: string;
  readonly at: string;
  /** @param own at the provider's own address */
  provider(own: boolean): Provider;
}

const compatible = openaiChat({ limit: "max_tokens" });
const openai = { key: "OPENAI_API_KEY", base: "OPENAI_BASE_URL", at: "https://api.openai.com/v1" };

const FAMILIES: Readonly<Record<string, Family>> = {
  anthropic: {
    key: "ANTHROPIC_API_KEY",
    base: "ANTHROPIC_BASE_URL",
    at: "https://api.anthropic.com",
    provider: () => anthropic,
  },
  // Whoever points it elsewhere has a server that is compatible, which means Chat Completions.
  openai: { ...openai, provider: (own) => (own ? openaiResponses : compatible) },
  "openai-responses": { ...openai, provider: () => openaiResponses },
  "openai-chat": { ...openai, provider: () => openaiChat({ limit: "max_completion_tokens" }) },
  openrouter: {
    key: "OPENROUTER_API_KEY",
    base: "OPENROUTER_BASE_URL",
    at: "https://openrouter.ai/api/v1",
    provider: () => openaiChat({ limit: "max_tokens", more: { usage: { include: true } } }),
  },
};

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * @param sources of variables, the first wins. An address counts only when it is from where the key is, or from behind it: a
 *   project that was cloned from somewhere must not send a user's own key anywhere by naming an address.
 */
export function endpointOf(model: string, sources: readonly Variables[]): Endpoint {
  const [, word = "", name = ""] = /^([^/]+)\/(.+)$/.exec(model) ?? [];
  const family = Object.hasOwn(FAMILIES, word) ? FAMILIES[word] : undefined;
  if (family === undefined || name.trim() === "")
    throw new UserError(`--model ${model}: expected provider/name.`, [
      `Providers: ${Object.keys(FAMILIES).join(", ")}. For example: --model anthropic/claude-haiku-4-5`,
      "An endpoint compatible with OpenAI's: --model openai/<name>, its address in OPENAI_BASE_URL.",
    ]);
  const set = (variable: string, among: readonly Variables[]): string | null =>
    among.map((source) => source[variable]?.trim() ?? "").find((value) => value !== "") ?? null;
  const holder = sources.findIndex((source) => set(family.key, [source]) !== null);
  const key = set(family.key, sources);
  const base = set(family.base, sources.slice(Math.max(0, holder)));
  const own = base === null || base.replace(/\/+$/, "") === family.at;
  const provider = family.provider(own);
  return {
    model,
    name,
    provider,
    url: `${addressOf(family, base)}${provider.path}`,
    key,
    // A server of one's own often has no key.
    missing: key === null && own ? `${family.key} is neither in the environment nor in the env file` : null,
  };
}

function addressOf({ base: variable, at }: Family, base: string | null): string {
  if (base === null) return at;
  let url: URL;
  try {
    url = new URL(base);
  } catch (error) {
    throw new UserError(`${variable} is no address.`, ["Expected something like https://host/v1."], { cause: error });
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new UserError(`${variable} is no http address.`, ["Expected something like https://host/v1."]);
  if (url.username !== "" || url.password !== "")
    throw new UserError(`${variable} holds a user or a password.`, ["Put the key into its own variable instead."]);
  return base.replace(/\/+$/, "");
}
