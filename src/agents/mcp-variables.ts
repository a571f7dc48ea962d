/** `${NAME}` and `${NAME:-default}` in the values of an MCP server's entry, as agents expand them. What is not set is empty. */
export function expandVariables(
  values: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      value.replaceAll(
        /\$\{(\w+)(?::-([^}]*))?\}/g,
        (_whole, variable: string, fallback: string | undefined) => env[variable] ?? fallback ?? "",
      ),
    ]),
  );
}
