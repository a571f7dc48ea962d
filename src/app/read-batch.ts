/** What the command line may read of a batch, without knowing how it lies on disk. */
export { readBatch } from "../results/read-batch.ts";
export { writeIndex } from "../results/write-index.ts";
