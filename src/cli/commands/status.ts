import { setTimeout as sleep } from "node:timers/promises";
import { statusOf } from "../../app/batch-reading.ts";
import { allBatches, findBatch } from "../../app/find-batch.ts";
import { readBatch } from "../../app/read-batch.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { openScreen } from "../../terminal/screen.ts";
import type { CommandBody } from "../commands.ts";
import type { BatchStatus } from "../../views/batch-status.ts";
import { statusJson, statusText } from "../render/status.ts";

const WATCH_EVERY_MS = 1000;

const status: CommandBody<"status"> = async ({ batch }, { json, watch }, io) => {
  const read = async (): Promise<readonly BatchStatus[]> => {
    const places = batch === undefined ? await allBatches(io.cwd) : [await findBatch(batch, io.cwd)];
    return Promise.all(places.map(async ({ dir }) => statusOf(await readBatch(dir))));
  };
  const { live } = io.terminal();
  const screen = watch && live && !json ? openScreen(io.stdout) : null;
  let shown = "";
  for (;;) {
    const batches = await read();
    const text = json
      ? `${JSON.stringify(statusJson(batches), null, watch ? 0 : 2)}\n`
      : statusText(batches, io.terminal(), Date.now());
    const goesOn = watch && !io.outputClosed.aborted && batches.some((each) => each.state === "running");
    if (screen !== null && goesOn)
      screen.draw(
        text
          .trimEnd()
          .split("\n")
          .slice(0, io.terminal().rows - 1),
      );
    else if (text !== shown) {
      screen?.clear();
      io.stdout.write(text);
    }
    shown = text;
    if (!goesOn) return EXIT.ok;
    await sleep(WATCH_EVERY_MS);
  }
};
export default status;
