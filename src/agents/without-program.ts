/** What agents have in common that bring no program of their own and whose word is all there is. */
import type { AgentDescription, Collected } from "./agent.ts";

export const NO_PROGRAM = {
  toolchain: null,
  versionKey: null,
  variables: [],
  needsOneOf: [],
} as const satisfies Partial<AgentDescription>;

export const NO_TREATMENT_SEEN = { treatment: null, failure: null } as const satisfies Partial<Collected>;
