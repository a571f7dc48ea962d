/**
 * Whether the model that answered is the one that was asked for. Providers answer with a dated name: `claude-haiku-4-5` is
 * `claude-haiku-4-5-20251001`, and `…-latest` and Anthropic's `…-4-0` stand for one too. A longer name is otherwise another model:
 * `claude-sonnet-4-5` is not `claude-sonnet-4`.
 */
export function sameModel(served: string, asked: string): boolean {
  return plainName(served) === plainName(asked);
}

function plainName(name: string): string {
  return (
    name
      .slice(name.lastIndexOf("/") + 1)
      .toLowerCase()
      // Bedrock's: region and provider before it, a version after it.
      .replace(/^(?:[a-z]{2,6}\.)?anthropic\./, "")
      .replace(/-v\d+(?::\d+)?$/, "")
      // The size of the context is asked for in the name.
      .replace(/\[[^\]]*\]$/, "")
      .replace(/(?:-latest|[-@]\d{8}|-\d{4}-\d{2}-\d{2})$/, "")
      .replace(/^(claude-[a-z]+-\d)-0$/, "$1")
  );
}
