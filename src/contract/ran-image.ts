/** The image that a sandbox was made from, as its engine knows it: a name may mean another one tomorrow. */
export interface RanImage {
  /** As it was asked for; of one that was built, as it was called. */
  readonly name: string;
  /** `sha256:…` of its configuration: the same id is the same files. */
  readonly id: string;
  /** `<repository>@sha256:…`, under which registries have it; none of an image that was built here. */
  readonly digests: readonly string[];
}
