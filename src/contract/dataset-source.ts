/** Where datasets and their tasks come from when they are not files of the project: effects behind what `tasks` resolves. */
import type { UserError } from "./failure.ts";

/** A task's files in a git repository. */
export interface GitTask {
  readonly url: string;
  /** A full commit, or a name to look up; null = the repository's head. */
  readonly commit: string | null;
  /** Of the task's directory in the repository. */
  readonly path: string;
}

export interface FetchedTask {
  /** Absolute; read-only by convention, shared by all who ask for the same. */
  readonly dir: string;
  /** What the name was resolved to. */
  readonly commit: string;
  /** As recorded when it was first loaded; null = never yet. */
  readonly digest: string | null;
  /** Records the digest. */
  confirm(digest: string): Promise<void>;
  /** It is not what was fetched any more: fetches it again. */
  again(): Promise<FetchedTask>;
}

export interface DatasetSource {
  /**
   * A registry's text by URL, from the network or the cache; null = the public one.
   * @throws UserError when it is neither reachable nor cached
   */
  registry(url: string | null): Promise<{ readonly text: string; readonly from: string }>;
  /** One answer for each, in order; what is cached needs no network. */
  tasks(wanted: readonly GitTask[]): Promise<readonly (FetchedTask | UserError)[]>;
}
