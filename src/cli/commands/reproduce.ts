import { reproduction } from "../../app/reproduce.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";
import { runAndShow } from "./run.ts";

const reproduce: CommandBody<"reproduce"> = async ({ batch }, { parallel, batch: into, json }, io) => {
  const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
  const version = packageVersion();
  const request = await reproduction({ cwd: io.cwd, batch, into, parallel, version, say });
  return runAndShow(request, json, io, (made) => `regatta reproduce ${batch} --batch ${made}`);
};
export default reproduce;
