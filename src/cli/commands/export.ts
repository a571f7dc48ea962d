/** Writes Harbor's job configurations and says how they are run. */
import { jsonText } from "../../base/inert.ts";
import { exportJobs } from "../../app/export-jobs.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { nearPath } from "../render/near-path.ts";

const exportCommand: CommandBody<"export"> = async ({ experiment }, { output, harborVersion, json }, io) => {
  const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
  const request = { file: experiment, output: output ?? null, harborVersion: harborVersion ?? null, cwd: io.cwd, say };
  const exported = await exportJobs(request);
  if (json) io.stdout.write(jsonText({ schema_version: 1, jobs: exported }));
  else
    for (const { file } of exported)
      io.stdout.write(`uvx --python 3.13 harbor run -c ${printable(nearPath(file, io.cwd))}\n`);
  return EXIT.ok;
};
export default exportCommand;
