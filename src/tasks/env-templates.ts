/**
 * Harbor's templates in environment variables of a task: a value that is `${NAME}` or `${NAME:-default}` as a whole comes from
 * the host. Anything else, such as `a-${NAME}`, is taken literally.
 */

type Variables = Readonly<Record<string, string | undefined>>;

export interface ResolvedEnv {
  /** Without the keys that are in `missing`. */
  readonly values: Readonly<Record<string, string>>;
  /** Keys whose value came from the host: take those values for secrets. */
  readonly fromHost: readonly string[];
  readonly missing: readonly { readonly key: string; readonly variable: string }[];
}

/** @param host the host's variables. One that is set but empty counts as set, also where there is a default. */
export function resolveEnvTemplates(map: Readonly<Record<string, string>>, host: Variables): ResolvedEnv {
  const values: [string, string][] = [];
  const fromHost: string[] = [];
  const missing: { key: string; variable: string }[] = [];
  for (const [key, value] of Object.entries(map)) {
    const template = parseTemplate(value);
    if (template === null) {
      values.push([key, value]);
      continue;
    }
    const found = Object.hasOwn(host, template.name) ? host[template.name] : undefined;
    const resolved = found ?? template.fallback;
    if (found !== undefined) fromHost.push(key);
    if (resolved === null) missing.push({ key, variable: template.name });
    else values.push([key, resolved]);
  }
  return { values: Object.fromEntries(values), fromHost, missing };
}

/** @returns null for a value that is no template. */
function parseTemplate(value: string): { readonly name: string; readonly fallback: string | null } | null {
  const match = /^\$\{([^}:]+)(?::-([^\n]*))?\}$/.exec(value);
  const name = match?.[1];
  return name === undefined ? null : { name, fallback: match?.[2] ?? null };
}
