import { findBatch } from "../../app/find-batch.ts";
import { recoveredWords } from "../../app/reap.ts";
import { recoverBatch } from "../../app/recover.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";

const recover: CommandBody<"recover"> = async ({ batch }, { json }, io) => {
  const { dir } = await findBatch(batch, io.cwd);
  const recovered = await recoverBatch(dir, packageVersion());
  if (json) io.stdout.write(`${JSON.stringify({ schema_version: 1, batch_dir: dir, ...recovered }, null, 2)}\n`);
  else io.stdout.write(`${printable(dir)}: ${recoveredWords(recovered)}\n`);
  return EXIT.ok;
};
export default recover;
