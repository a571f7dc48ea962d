import { jsonText } from "../../base/inert.ts";
import { diffTrials } from "../../app/diff.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import type { CommandBody } from "../commands.ts";
import { diffText } from "../render/diff.ts";
import { diffJson } from "../render/diff-json.ts";

const MOST_ROWS = 80;

const diff: CommandBody<"diff"> = async ({ a, b }, { context, all, json }, io) => {
  const found = await diffTrials(io.cwd, a, b);
  const shown = { ...io.terminal(), cwd: io.cwd, context: context ?? 2, most: all ? Infinity : MOST_ROWS };
  io.stdout.write(json ? jsonText(diffJson(found)) : diffText(found, shown));
  return EXIT.ok;
};
export default diff;
