/** Checks experiment files: all problems of all files, each with its place. */
import { jsonText } from "../../base/inert.ts";
import { checkExperiments } from "../../app/check-experiments.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable, printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";

const validate: CommandBody<"validate"> = async ({ experiments }, { json }, io) => {
  const checked = await checkExperiments(experiments);
  if (json) {
    io.stdout.write(jsonText({ schema_version: 1, files: checked }));
  } else {
    for (const { file, valid, message, lines, summary } of checked) {
      if (valid) io.stdout.write(`${printable(file)}: ok (${summary})\n`);
      else io.stderr.write([message, ...lines].map((line) => `${printableLines(line)}\n`).join(""));
    }
  }
  return checked.every((each) => each.valid) ? EXIT.ok : EXIT.badInput;
};
export default validate;
