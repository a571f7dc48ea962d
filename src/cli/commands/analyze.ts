import { jsonText } from "../../base/inert.ts";
import { type Analyzed, analyze as analyzed } from "../../app/analyze.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { UserError } from "../../contract/failure.ts";
import { printable, printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import type { CommandIo } from "../io.ts";
import { analysisTables, harborTables } from "../render/analysis.ts";
import { comparisonText } from "../render/comparison.ts";
import { nearPath } from "../render/near-path.ts";
import { textOf } from "../render/style.ts";

type Options = Parameters<CommandBody<"analyze">>[1];

const analyze: CommandBody<"analyze"> = async ({ batch: argument }, options, io) => {
  const { succeeded, failed, list, json, quiet, llmOnly, estimateCost } = options;
  if (succeeded && failed) throw new UserError("--succeeded and --failed leave nothing: give one of them.");
  const model = modelAsked(options);
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
    readOnly: list || llmOnly || estimateCost,
    showKept: options.llm,
  });
  if (!json && !quiet && !llmOnly && !estimateCost) {
    const look = io.terminal();
    if (found.comparison !== null && !list) io.stdout.write(comparisonText(found.comparison, look));
    io.stdout.write(analysisTables({ ...found, root: nearPath(found.analysis.root, io.cwd), list }, look));
    if (found.harbor !== null) io.stdout.write(harborTables(found.harbor, look));
    showWritten(found.written, io);
  }
  const read = found.analysis.read > 0;
  if (model !== null && read) return opinionOn(found, model, options, io);
  if (json) io.stdout.write(jsonText(found.json));
  return read ? EXIT.ok : EXIT.incomplete;
};
export default analyze;

/** Null = none. Nothing is ever asked unless a model is named. */
function modelAsked({ model, llm, llmOnly, estimateCost, agreement, list }: Options): string | null {
  if (!llm) {
    if (llmOnly) throw new UserError("--no-llm and --llm-only leave nothing: give one of them.");
    return null;
  }
  const flag = llmOnly
    ? "--llm-only"
    : estimateCost
      ? "--estimate-cost"
      : agreement === undefined
        ? null
        : "--agreement";
  if (model === undefined) {
    if (flag === null) return null;
    throw new UserError(`${flag} needs a model.`, ["For example: --model anthropic/claude-haiku-4-5"]);
  }
  if (list) throw new UserError("--list writes nothing and asks nothing: leave out --model.");
  return model;
}

/** Behind a dynamic import: most analyses ask nobody. */
async function opinionOn(found: Analyzed, model: string, options: Options, io: CommandIo): Promise<0 | 1> {
  const { askOpinions, estimateOpinions } = await import("../../app/opinions.ts");
  const { estimateText, opinionsText } = await import("../render/opinions.ts");
  const { json, quiet, llmOnly, seed, agreement } = options;
  const request = { cwd: io.cwd, env: io.env, model, seed, agreement };
  if (options.estimateCost) {
    const estimate = await estimateOpinions(request, found);
    io.stdout.write(json ? jsonText(estimate) : estimateText(estimate));
    return EXIT.ok;
  }
  const live = !quiet && io.terminal("stderr").live;
  const onProgress = (done: number, all: number): void =>
    void io.stderr.write(`\r\u001b[Kasking ${printable(model)}: ${done} of ${all} trials and tasks`);
  const { opinions, unknownLabels, written } = await askOpinions(
    { ...request, ...(live ? { onProgress } : {}) },
    found,
  );
  if (live) io.stderr.write("\r\u001b[K");
  if (json) io.stdout.write(jsonText({ ...(llmOnly ? {} : found.json), opinions }));
  else if (!quiet) {
    io.stdout.write(opinionsText(opinions, unknownLabels));
    if (written === null) io.stdout.write("  Nothing was written: --output <dir> for all of it.\n");
    showWritten(written, io);
  }
  const { calls, cached, failed } = opinions.spend;
  return failed > 0 && failed >= calls && cached === 0 ? EXIT.incomplete : EXIT.ok;
}

function showWritten(written: Analyzed["written"], io: CommandIo): void {
  if (written === null) return;
  const dir = printableLines(nearPath(written.dir, io.cwd));
  io.stdout.write(textOf(["", `written  ${dir}: ${written.files.join(", ")}`]));
}
