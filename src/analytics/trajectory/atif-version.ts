/**
 * What a trajectory says of its format, judged once for all who read it. One that says nothing is read; one of a version that came
 * after this program is read as the latest known, and that is said; anything else is no ATIF and is not read.
 */
const KNOWN = /^ATIF-v1\.[0-7]$/;
const ANY = /^ATIF-v\d+\.\d+$/;

/** @param root of a trajectory's file @returns why it is not read, in words; null = it is */
export function versionProblem(root: Readonly<Record<string, unknown>>): string | null {
  const version = root["schema_version"];
  if (version === undefined || version === null || (typeof version === "string" && ANY.test(version))) return null;
  const said = typeof version === "string" ? `"${version.slice(0, 40)}"` : "no text";
  return `has no ATIF schema_version: it is ${said}, and ATIF-v1.0 to ATIF-v1.7 are read`;
}

/** @returns a version that came after this program; null = it is known, or not said */
export function strangeVersion(root: Readonly<Record<string, unknown>>): string | null {
  const version = root["schema_version"];
  return typeof version === "string" && ANY.test(version) && !KNOWN.test(version) ? version : null;
}

/** What to know of a trajectory whose version is not known; null where there is nothing. */
export function versionNote(what: string, strange: readonly string[]): string | null {
  if (strange.length === 0) return null;
  return `${what} is of ${strange.join(" and ")}, a version unknown here: it was read as ATIF-v1.7, and may say more or other things`;
}
