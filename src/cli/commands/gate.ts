import { jsonText } from "../../base/inert.ts";
import { gateSides } from "../../app/gate.ts";
import { annotationsFor, writeGateFiles } from "../../app/gate-files.ts";
import { gateExitCode, gateJson } from "../../app/sides-json.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { nearPath } from "../render/near-path.ts";
import { gateText } from "../render/sides.ts";
import { sidesAsked } from "./compare.ts";

const gate: CommandBody<"gate"> = async ({ a, b }, options, io) => {
  const found = await gateSides({ ...sidesAsked(a, b, options, io.cwd), seed: undefined });
  const files = { cwd: io.cwd, junit: options.junit ?? null, markdown: options.markdown ?? null };
  const written = await writeGateFiles(files, found);
  io.stdout.write(options.json ? jsonText(gateJson(found)) : gateText(found, io.terminal()));
  if (!options.json && written.length > 0)
    io.stdout.write(`written  ${written.map((file) => printable(nearPath(file, io.cwd))).join(", ")}\n`);
  // The runner reads both; what is piped on is JSON and nothing else.
  const output = options.json ? io.stderr : io.stdout;
  for (const line of annotationsFor(io.env, found)) output.write(`${printable(line)}\n`);
  return gateExitCode(found);
};
export default gate;
