import { jsonText } from "../../base/inert.ts";
import { compareSides, type CompareRequest } from "../../app/compare.ts";
import { sidesJson } from "../../app/sides-json.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import type { CommandBody } from "../commands.ts";
import { compareText } from "../render/sides.ts";

const compare: CommandBody<"compare"> = async ({ a, b }, options, io) => {
  const found = await compareSides({ ...sidesAsked(a, b, options, io.cwd), seed: options.seed });
  io.stdout.write(options.json ? jsonText(sidesJson(found)) : compareText(found, io.terminal()));
  return EXIT.ok;
};
export default compare;

/** What `compare` and `gate` take alike. */
export function sidesAsked(
  a: string,
  b: string,
  options: Parameters<CommandBody<"gate">>[1] | Parameters<CommandBody<"compare">>[1],
  cwd: string,
): Omit<CompareRequest, "seed"> {
  return {
    cwd,
    a,
    b,
    by: options.by,
    tasks: options.tasks ?? null,
    profiles: options.profiles ?? null,
    rule: {
      ...(options.rewardKey === undefined ? {} : { rewardKey: options.rewardKey }),
      ...(options.successAt === undefined ? {} : { successAt: options.successAt }),
      ...(options.margin === undefined ? {} : { margin: options.margin }),
      ...(options.alpha === undefined ? {} : { alpha: options.alpha }),
    },
  };
}
