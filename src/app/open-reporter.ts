/** Which reporter suits where the output goes. */
import type { KeptTrial } from "../reporters/progress-state.ts";
import type { Reporter } from "../reporters/reporter.ts";
import { terminalOf, type EnvironmentVariables, type TextOutput } from "../terminal/terminal.ts";

export interface ReporterRequest {
  /** `--json`: events on stdout, nothing of progress anywhere. */
  readonly json: boolean;
  /** Results go to stdout, so progress goes to stderr: `regatta run … > table.txt` still shows it. */
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  readonly env: EnvironmentVariables;
  /** Trials of the batch that earlier launches finished. */
  readonly kept?: readonly KeptTrial[];
}

export async function openReporter({ json, stdout, stderr, env, kept = [] }: ReporterRequest): Promise<Reporter> {
  if (json) {
    const { jsonLinesReporter } = await import("../reporters/json-lines.ts");
    return jsonLinesReporter(stdout);
  }
  if (terminalOf(stderr, env).live) {
    const { progressReporter } = await import("../reporters/progress.ts");
    return progressReporter({ output: stderr, env, kept });
  }
  const { linesReporter } = await import("../reporters/lines.ts");
  return linesReporter(stderr, kept);
}
