import { reproduction } from "../../app/reproduce.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";
import { runAndShow } from "./run.ts";

const ACCEPT = "--accept-other-images";

const reproduce: CommandBody<"reproduce"> = async ({ batch }, options, io) => {
  const { parallel, quietVerify, acceptOtherImages, batch: into, json } = options;
  const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
  const version = packageVersion();
  const asked = { cwd: io.cwd, batch, into, parallel, quietVerify, acceptOtherImages, version, say };
  const again = ["regatta reproduce", batch, ...(acceptOtherImages ? [ACCEPT] : [])].join(" ");
  return runAndShow(await reproduction(asked), json, io, (made) => `${again} --batch ${made}`);
};
export default reproduce;
