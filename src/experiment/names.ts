/**
 * Which names are safe as a folder name everywhere: slugs, profile keys, task ids, artifact targets.
 *
 * They become directories under the results folder, so two that differ only in case, or a name that
 * some file system reserves, would lose data on another machine.
 */

export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const NAME_MAX = 100;

export const NAME_RULE = 'letters, digits, ".", "_" and "-", beginning with a letter or digit';

/** Device names of Windows: no file or folder may have them there, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$/i;

/** What is wrong with a name, as an expectation ("a name …"); null = nothing. */
export function nameFault(name: string): string | null {
  if (name === "") return "a name that is not empty";
  if (name.length > NAME_MAX) return `a name of at most ${NAME_MAX} characters (this one has ${name.length})`;
  if (!NAME_PATTERN.test(name)) return `a name of ${NAME_RULE}`;
  if (name.includes("..")) return 'a name without ".."';
  if (name.endsWith(".")) return "a name that does not end in a dot";
  if (RESERVED.test(name)) return "a name that no file system reserves";
  return null;
}
