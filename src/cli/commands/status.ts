import { setTimeout as sleep } from "node:timers/promises";
import { type StatusOfBatch, statusOf } from "../../app/batch-reading.ts";
import { allBatches, findBatch } from "../../app/find-batch.ts";
import { readBatch } from "../../app/read-batch.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import type { CommandBody } from "../commands.ts";
import { statusJson, statusText } from "../render/status.ts";

const WATCH_EVERY_MS = 1000;

const status: CommandBody<"status"> = async ({ batch }, { json, watch }, io) => {
  const read = async (): Promise<readonly StatusOfBatch[]> => {
    const places = batch === undefined ? await allBatches(io.cwd) : [await findBatch(batch, io.cwd)];
    return Promise.all(places.map(async ({ dir }) => statusOf(await readBatch(dir))));
  };
  let shown = "";
  for (;;) {
    const batches = await read();
    const text = json
      ? `${JSON.stringify(statusJson(batches), null, watch ? 0 : 2)}\n`
      : statusText(batches, io.terminal(), Date.now());
    if (text !== shown) io.stdout.write(text);
    shown = text;
    if (!watch || io.outputClosed.aborted || !batches.some((each) => each.state === "running")) return EXIT.ok;
    await sleep(WATCH_EVERY_MS);
  }
};
export default status;
