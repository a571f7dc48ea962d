/** Says and removes what dead runs left. */
import { reapDead, reapedLines } from "../../app/reap.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";

const gc: CommandBody<"gc"> = async (_args, { dryRun, json }, io) => {
  const reaped = await reapDead(packageVersion(), !dryRun);
  const { batches, sandboxes, unasked, gaveUp } = reaped;
  const problems = [...unasked, ...reaped.problems];
  if (json) {
    const value = {
      schema_version: 1,
      removed: !dryRun,
      batches: batches.map(({ dir, recovered }) => ({ batch_dir: dir, ...recovered })),
      sandboxes,
      problems,
      watchdogs: gaveUp.map(({ at, said }) => ({ gave_up_at: at, said })),
    };
    io.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  } else {
    const lines = reapedLines(reaped);
    for (const line of lines) io.stdout.write(`${printable(line)}\n`);
    if (lines.length === 0) io.stdout.write("dead runs have left nothing\n");
    else if (dryRun) io.stdout.write("nothing was removed; without --dry-run it is\n");
  }
  return problems.length === 0 ? EXIT.ok : EXIT.incomplete;
};
export default gc;
