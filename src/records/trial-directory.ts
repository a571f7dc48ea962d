/** Names in a trial directory, and what a job directory's name tells. */
export const RESULT = "result.json";
/** Of a trial or try directory: our extras. */
export const EXTRAS = ".regatta";
export const EXTRAS_FILE = "trial.json";

const STAMP = /^\d{4}-\d\d-\d\d__\d\d-\d\d-\d\d__/;

/** @returns the profile of a job directory's name; null when it is no such name. */
export function profileOfJob(name: string): string | null {
  const stamp = STAMP.exec(name)?.[0];
  return stamp === undefined || name.length === stamp.length ? null : name.slice(stamp.length);
}
