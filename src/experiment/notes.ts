/** Things about a valid experiment that a person should know before running it. */
import type { Experiment } from "../contract/experiment.ts";
import { keyPath } from "./problems.ts";
import { namesSecret } from "../base/secret-names.ts";

/** One sentence each; told by `validate`, `plan` and `run`. */
export function experimentNotes(experiment: Experiment): readonly string[] {
  const notes = new Set<string>();
  for (const profile of experiment.profiles) {
    const secrets = Object.keys(profile.setEnv).filter(namesSecret);
    if (secrets.length === 0) continue;
    const origin = experiment.origins[keyPath("profiles", profile.key, "set_env")];
    const place = origin !== undefined && "line" in origin ? `line ${origin.line}: ` : "";
    notes.add(
      `${place}set_env sets ${secrets.join(", ")}, and set_env is recorded with the results: for a secret use env = [${secrets.map((name) => JSON.stringify(name)).join(", ")}] and put the value in the env file.`,
    );
  }
  return [...notes];
}
