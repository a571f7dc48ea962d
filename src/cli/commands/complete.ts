import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import { COMMANDS, type CommandBody } from "../commands.ts";
import { complete } from "../completion/candidates.ts";
import { diskValues } from "../completion/disk-values.ts";

/** Called by the completion scripts at every Tab. */
const completeLine: CommandBody<"complete"> = async ({ words }, _options, io) => {
  const completion = complete(COMMANDS, words);
  const found =
    completion.kind === "words"
      ? completion.words
      : (await diskValues(completion.of, completion.unfinished, completion.operands, io.cwd)).map((value) => ({
          value: `${completion.prefix}${value}`,
          description: "",
        }));
  // A name with a line break or a tab in it cannot be offered: it would be read as two answers.
  const sayable = found.filter(({ value }) => printable(value) === value);
  io.stdout.write(sayable.map(({ value, description }) => `${value}\t${description}\n`).join(""));
  return EXIT.ok;
};
export default completeLine;
