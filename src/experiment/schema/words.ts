/** What messages and editors say about a value, beside its type; and the check that nothing of a table is left unused. */
import { z } from "zod";

/** What messages and editors say about a value beyond its type. */
export interface Rule {
  /** Completes "expected …". */
  readonly expected: string;
  /** TOML tells `1` from `1.0`, JavaScript does not: 1.0 is refused where a whole number is meant. */
  readonly integer?: boolean;
  /** Never quoted in a message: people paste secrets here. */
  readonly secret?: boolean;
}

export const rules = z.registry<Rule>();

interface Words extends Rule {
  /** For editors; sentences. */
  readonly description: string;
  readonly default?: unknown;
}

export function described<S extends z.ZodType>(schema: S, words: Words): S {
  const { description, default: fallback, ...rule } = words;
  const meta = fallback === undefined ? { description } : { description, default: fallback };
  const named = schema.meta(meta);
  rules.add(named, rule);
  return named;
}

/** An optional key of a table. Absent stays absent here; the resolver fills in defaults and knows that it did. */
export function option<S extends z.ZodType>(schema: S, words: Words): z.ZodOptional<S> {
  return described(schema, words).optional();
}

/** A copy, as the same schema may have other words elsewhere. */
export function element<S extends z.ZodType>(schema: S, rule: Rule): S {
  const own = schema.clone();
  rules.add(own, rule);
  return own;
}

/** Compiles only when a rest object has no keys left: `const { a, b, ...rest } = table; allUsed(rest);` */
export function allUsed(_rest: Record<string, never>): void {
  // The whole check is the parameter's type.
}
