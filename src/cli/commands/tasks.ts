import { jsonText } from "../../base/inert.ts";
import { experimentFiles } from "../../app/find-batch.ts";
import { listTasks } from "../../app/list-tasks.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { UserError } from "../../contract/failure.ts";
import { printable, printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { tasksJson, tasksText } from "../render/tasks.ts";

const tasks: CommandBody<"tasks"> = async ({ experiments }, { json }, io) => {
  const files = experiments.length > 0 ? experiments : await experimentFiles(io.cwd);
  if (files.length === 0) {
    throw new UserError("there are no experiments here", [
      "name one, or run this in a folder that has experiments/*.toml; regatta init writes a first one",
    ]);
  }
  const { tasks: listed, faults } = await listTasks(files, (line) => void io.stderr.write(`${printable(line)}\n`));
  for (const { message, lines } of faults) {
    io.stderr.write([message, ...lines].map((line) => `${printableLines(line)}\n`).join(""));
  }
  io.stdout.write(json ? jsonText(tasksJson(listed)) : tasksText(listed, io.terminal()));
  return faults.length === 0 && listed.every((each) => each.problem === null) ? EXIT.ok : EXIT.badInput;
};
export default tasks;
