import { findBatch } from "../../app/find-batch.ts";
import { writeIndex } from "../../app/read-batch.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";

const index: CommandBody<"index"> = async ({ batch }, _options, io) => {
  const { dir } = await findBatch(batch, io.cwd);
  const written = await writeIndex(dir);
  for (const { path, message } of written.batch.problems) io.stderr.write(`${printableLines(`${path}: ${message}`)}\n`);
  const { length } = written.index.runs;
  io.stdout.write(`${printableLines(dir)}/runs/index.json: ${length} ${length === 1 ? "trial" : "trials"}\n`);
  return EXIT.ok;
};
export default index;
