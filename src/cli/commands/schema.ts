/** Prints the committed JSON Schema, which the package carries: nothing is generated here, so nothing heavy is loaded. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT } from "../../contract/exit-codes.ts";
import type { CommandBody } from "../commands.ts";
import { packageRoot } from "../package-file.ts";

const schema: CommandBody<"schema"> = async (_args, options, io) => {
  const file = join(packageRoot(), "schema", "experiment.v2.json");
  io.stdout.write(options.path ? `${file}\n` : await readFile(file, "utf8"));
  return EXIT.ok;
};
export default schema;
