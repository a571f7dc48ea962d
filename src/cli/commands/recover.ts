import { findBatch } from "../../app/find-batch.ts";
import { recoveredWords } from "../../app/reap.ts";
import { recoverBatch } from "../../app/recover.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";

const recover: CommandBody<"recover"> = async ({ batch }, { json, withoutSandboxes }, io) => {
  const { dir } = await findBatch(batch, io.cwd);
  const recovered = await recoverBatch(dir, packageVersion(), { withoutSandboxes });
  const { problems, postponed } = recovered;
  if (json) io.stdout.write(`${JSON.stringify({ schema_version: 1, batch_dir: dir, ...recovered }, null, 2)}\n`);
  else {
    const words = postponed
      ? "nothing was done, since what it came to may still be in its sandboxes; --without-sandboxes goes by its files alone"
      : recoveredWords(recovered);
    io.stdout.write(`${printable(dir)}: ${words}\n`);
    for (const problem of problems) io.stdout.write(`${printable(problem)}\n`);
  }
  return problems.length === 0 ? EXIT.ok : EXIT.incomplete;
};
export default recover;
