/**
 * Toolchains: directories that are built once, by content, and mounted read-only into every sandbox, so that no trial
 * installs anything.
 */
export type Libc = "glibc" | "musl";
export type Arch = "x64" | "arm64";

/** Of the sandbox, which need not be this machine's. */
export interface Platform {
  readonly arch: Arch;
  readonly libc: Libc;
}

/** What somebody wants to have in a sandbox. A version of null is the one that this version of Regatta pins. */
export type ToolchainRequest =
  | (Platform & { readonly kind: "claude-code"; readonly version: string | null })
  | (Platform & { readonly kind: "codex"; readonly version: string | null })
  /** Node with npm and npx. */
  | (Platform & { readonly kind: "node"; readonly version?: string | null })
  /** `@scope/name`, `@scope/name@1.2.3`, a tag or a range; run by a Node of ours. */
  | (Platform & { readonly kind: "npm"; readonly spec: string })
  /** A Python project: of a git repository at a branch, tag or commit (default its head), or of a local directory. */
  | (Platform & {
      readonly kind: "python";
      readonly source: { readonly git: string; readonly ref?: string | null } | { readonly path: string };
      readonly extras: readonly string[];
      /** `3.13` or `3.13.2`; default: the project's `.python-version`, else the pinned one. */
      readonly python?: string | null;
      /** Names the toolchain; default from the source's. */
      readonly name?: string;
    })
  /** A local directory as it is. */
  | { readonly kind: "path"; readonly dir: string; readonly name?: string };

/** What a request comes to: exact, printable and without secrets, so that it can be recorded. */
export interface ToolchainPlan {
  /** Safe as a file name. */
  readonly name: string;
  /** For people; null where the content has none. */
  readonly version: string | null;
  /** SHA-256 of `inputs`, hexadecimal. */
  readonly hash: string;
  /** Where it is in every sandbox. */
  readonly mountPath: string;
  /** All that its content depends on: versions, integrity, commits, digests. Never an address or a branch. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What it runs on: to be mounted with it. */
  readonly needs: readonly ToolchainPlan[];
  /** Sentences for a person, such as changes that were not committed. */
  readonly notes: readonly string[];
}

/** One that is there. */
export interface Toolchain {
  readonly name: string;
  readonly version: string | null;
  readonly hash: string;
  /** Of its content: equal where two machines have the very same files. */
  readonly digest: string;
  /** A read-only directory of this machine. */
  readonly hostDir: string;
  readonly mountPath: string;
  /** Absolute paths inside, for PATH, the most important first; those of `needs` are not among them. */
  readonly binDirs: readonly string[];
  readonly needs: readonly Toolchain[];
  readonly notes: readonly string[];
}

/** Each once, with all that they need. */
export function withNeeds(toolchains: readonly Toolchain[]): readonly Toolchain[] {
  const found = new Map<string, Toolchain>();
  const add = (toolchain: Toolchain): void => {
    found.set(toolchain.hash, toolchain);
    for (const need of toolchain.needs) add(need);
  };
  for (const toolchain of toolchains) add(toolchain);
  return [...found.values()];
}

/** What to mount, or where there are no mounts to upload: each with all that it needs, once. */
export function mountsOf(toolchains: readonly Toolchain[]): readonly { readonly from: string; readonly to: string }[] {
  return withNeeds(toolchains).map(({ hostDir, mountPath }) => ({ from: hostDir, to: mountPath }));
}
