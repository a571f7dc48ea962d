/**
 * What makes a profile differ from a bare agent, resolved and checked before anything starts: its program, MCP servers, hooks,
 * system prompt and skills, with every path as it is inside a sandbox.
 */
export interface StdioServer {
  readonly kind: "stdio";
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** As its `.mcp.json` has it: `${NAME}` in it stands for a variable of the agent's. */
  readonly env: Readonly<Record<string, string>>;
}

export interface RemoteServer {
  readonly kind: "http" | "sse";
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type McpServer = StdioServer | RemoteServer;

export interface HookCommand {
  /** The agent's own word: `PostToolUse`, … */
  readonly event: string;
  /** Null = every time the event happens. */
  readonly matcher: string | null;
  readonly command: string;
  /** Null = the agent's own limit. */
  readonly timeoutSec: number | null;
}

export interface Skill {
  readonly name: string;
  /** Absolute path on the host. */
  readonly dir: string;
}

export interface Treatment {
  /** Of the agent's program; null = it has none of its own. */
  readonly version: string | null;
  /** Absolute path inside; null = it has none of its own. */
  readonly program: string | null;
  readonly servers: readonly McpServer[];
  readonly hooks: readonly HookCommand[];
  /** Appended to the agent's system prompt; null = nothing. */
  readonly systemPrompt: string | null;
  readonly skills: readonly Skill[];
  /** Directories inside that come first in PATH, for the agent, its servers and its hooks. */
  readonly path: readonly string[];
}

export const NO_TREATMENT: Treatment = {
  version: null,
  program: null,
  servers: [],
  hooks: [],
  systemPrompt: null,
  skills: [],
  path: [],
};

/** `.regatta/treatment.json` of a trial: what was asked for, and what the run itself shows of it. Unknown is null. */
export interface TreatmentSeen {
  readonly schema_version: 1;
  readonly asked: {
    readonly version: string | null;
    readonly model: string | null;
    readonly reasoning: string | null;
    readonly servers: readonly string[];
    readonly hooks: readonly string[];
  };
  readonly seen: {
    readonly version: string | null;
    /** That answered. */
    readonly models: readonly string[];
    /** Where the run shows it. */
    readonly effective_reasoning: string | null;
    readonly servers: readonly {
      readonly name: string;
      /** The agent's own word; null = the run does not tell. */
      readonly status: string | null;
      /** Offered to the model; null = not told. */
      readonly tools: number | null;
      readonly calls: number;
      readonly errors: number;
    }[];
    readonly hooks: readonly {
      readonly event: string;
      readonly runs: number;
      readonly failures: number;
      /** Of the runs that tell. */
      readonly seconds: number | null;
    }[];
  };
  /** Why this was not the treatment, in sentences; empty = it was. */
  readonly missing: readonly string[];
}
