import { analyze as analyzed } from "../../app/analyze.ts";
import { UserError } from "../../contract/failure.ts";
import { printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { analysisTables, harborTables } from "../render/analysis.ts";
import { comparisonText } from "../render/comparison.ts";
import { nearPath } from "../render/near-path.ts";
import { textOf } from "../render/style.ts";

const analyze: CommandBody<"analyze"> = async ({ batch: argument }, options, io) => {
  const { succeeded, failed, list, json, quiet } = options;
  if (succeeded && failed) throw new UserError("--succeeded and --failed leave nothing: give one of them.");
  const found = await analyzed({
    cwd: io.cwd,
    batchArgument: argument,
    batch: options.batch,
    runs: options.runs,
    by: options.by,
    filters: {
      tasks: options.tasks ?? null,
      profiles: options.profiles ?? null,
      limit: options.limit ?? null,
      only: succeeded ? "succeeded" : failed ? "failed" : null,
    },
    compare: options.compare ?? null,
    control: options.control,
    seed: options.seed,
    rule: {
      ...(options.rewardKey === undefined ? {} : { rewardKey: options.rewardKey }),
      ...(options.successAt === undefined ? {} : { successAt: options.successAt }),
      ...(options.margin === undefined ? {} : { margin: options.margin }),
      ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
    },
    asHarbor: options.asHarbor,
    verifyCache: options.verifyCache,
    output: options.output,
    format: options.format,
    readOnly: list,
  });
  const { written } = found;
  if (json) {
    io.stdout.write(`${JSON.stringify(found.json, null, 2)}\n`);
  } else if (!quiet) {
    const look = io.terminal();
    if (found.comparison !== null && !list) io.stdout.write(comparisonText(found.comparison, look));
    io.stdout.write(analysisTables({ ...found, root: nearPath(found.analysis.root, io.cwd), list }, look));
    if (found.harbor !== null) io.stdout.write(harborTables(found.harbor, look));
    if (written !== null) {
      io.stdout.write(
        textOf(["", `written  ${printableLines(nearPath(written.dir, io.cwd))}: ${written.files.join(", ")}`]),
      );
    }
  }
  return found.analysis.read === 0 ? 1 : 0;
};
export default analyze;
