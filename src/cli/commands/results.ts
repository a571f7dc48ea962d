import { jsonText } from "../../base/inert.ts";
import { viewOf } from "../../app/batch-reading.ts";
import { findBatch } from "../../app/find-batch.ts";
import { readBatch } from "../../app/read-batch.ts";
import { printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { resultsJson } from "../render/results-json.ts";
import { nearPath } from "../render/near-path.ts";
import { resultsTable } from "../render/results-table.ts";

const results: CommandBody<"results"> = async ({ batch }, { json }, io) => {
  const found = await readBatch((await findBatch(batch, io.cwd)).dir);
  const view = viewOf(found);
  for (const { path, message } of found.problems) io.stderr.write(`${printableLines(`${path}: ${message}`)}\n`);
  io.stdout.write(
    json ? jsonText(resultsJson(view)) : resultsTable({ ...view, dir: nearPath(view.dir, io.cwd) }, io.terminal()),
  );
  return view.exitCode;
};
export default results;
