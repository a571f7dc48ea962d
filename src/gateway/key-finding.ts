/** What a provider's answer says about a key. Pure; the key itself is not known here. */
import type { Finding } from "../contract/finding.ts";
import type { ModelProvider } from "../contract/model-call.ts";
import type { KeyAnswer } from "./ask-key.ts";

export interface AskedKey {
  readonly provider: ModelProvider;
  /** Host and port that were asked. */
  readonly host: string;
  /** The address of the list of models there. */
  readonly list: string;
  /** The variable that the key is in. */
  readonly variable: string;
  /** Where that was found, in words. */
  readonly from: string;
  /** The variable that another address is given in; null = it is the provider's own. */
  readonly addressFrom: string | null;
}

const NAME = "key";

/**
 * A key that is good, but not for the list of models: OpenAI says so of one with few permissions (with 401, too), proxies of
 * keys for some routes, Anthropic of an OAuth token without what its own client adds.
 */
const NOT_FOR_THIS_LIST = /missing scopes?|allowed to call (?:this )?routes?|oauth authentication is/i;

/** Nothing that speaks a provider's protocol is there, or it has no such list, or it is somewhere else. */
const NOT_THERE = [404, 405, 410, 301, 302, 303, 307, 308];

/** @returns null where the answer says nothing of the key and the address */
export function keyFinding(
  { provider, host, list, variable, from, addressFrom }: AskedKey,
  answer: KeyAnswer,
): Finding | null {
  const where = `${provider} at ${host}`;
  if (answer.kind === "unreachable") {
    return {
      name: NAME,
      verdict: "stop",
      detail: `${where} cannot be reached: ${answer.why}`,
      todo: `look at ${addressFrom === null ? "" : `${addressFrom}, `}this machine's network and its DNS; the gateway calls by itself, not through HTTPS_PROXY`,
    };
  }
  if (answer.kind === "no-key") {
    return {
      name: NAME,
      verdict: "stop",
      detail: `what is in ${variable} (from ${from}) can be no key: it has a character that no header may have`,
      todo: "write the key as it is, without line breaks or typographic quotes",
    };
  }
  const { status, refusal } = answer;
  if (status === 401 || status === 403) {
    if (NOT_FOR_THIS_LIST.test(refusal)) return null;
    // A page of something in between, which may well let calls through.
    if (status === 403 && /^\s*</.test(refusal)) {
      const detail = `${where} answered the question for its models with 403 and a page instead of an error of its own`;
      return {
        name: NAME,
        verdict: "warn",
        detail,
        todo: "when calls fail too, see what stands between it and this machine",
      };
    }
    return {
      name: NAME,
      verdict: "stop",
      detail: `${where} does not take the key in ${variable} (from ${from}): it answered ${status}`,
      todo: `put a key there that works${addressFrom === null ? "" : `, or look at ${addressFrom}: the key may belong to another address`}`,
    };
  }
  if (status >= 500) {
    const detail = `${where} answered the question for its models with ${status}`;
    return {
      name: NAME,
      verdict: "warn",
      detail,
      todo: "nothing yet: calls that fail so are tried again for some minutes",
    };
  }
  if (NOT_THERE.includes(status)) {
    return {
      name: NAME,
      verdict: "warn",
      detail: `${where} has no list of its models: GET ${list} answered ${status}`,
      todo:
        addressFrom === null
          ? "see what stands between it and this machine: it has one"
          : `see that ${addressFrom} is the address that its calls go to; some proxies have no such list, and then all is well`,
    };
  }
  return status < 300
    ? { name: NAME, verdict: "ok", detail: `${where} takes the key in ${variable}`, todo: null }
    : null;
}
