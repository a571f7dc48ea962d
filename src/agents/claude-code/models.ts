/** How Claude Code reaches its model through the gateway. With a subscription or a cloud of its own it goes without. */
import type { Profile } from "../../contract/experiment.ts";
import type { ModelAccess, ModelNeed } from "../../contract/model-call.ts";

const OTHER_KEYS = ["CLAUDE_CODE_OAUTH_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

export function modelNeed({ env }: Profile): ModelNeed {
  return {
    provider: "anthropic",
    // Of the two it takes the key first.
    keyNames: ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
    urlName: "ANTHROPIC_BASE_URL",
    otherWays: ["CLAUDE_CODE_USE_BEDROCK", "AWS_BEARER_TOKEN_BEDROCK"],
    // What a profile lets in by name is for the task.
    otherKeys: OTHER_KEYS.filter((name) => !env.includes(name)),
  };
}

export function gatewayVariables(gateway: ModelAccess | null): Readonly<Record<string, string>> {
  return gateway === null ? {} : { ANTHROPIC_API_KEY: gateway.token, ANTHROPIC_BASE_URL: gateway.baseUrl };
}
