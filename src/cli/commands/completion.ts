import { EXIT } from "../../contract/exit-codes.ts";
import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";
import { completionScript, SHELLS } from "../completion/scripts.ts";

const completion: CommandBody<"completion"> = async ({ shell }, _options, io) => {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) throw new UserError(`no completion for "${shell}"; there is ${SHELLS.join(", ")}`);
  io.stdout.write(completionScript(known));
  return EXIT.ok;
};
export default completion;
