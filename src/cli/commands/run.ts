import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const run: CommandBody<"run"> = async () => {
  throw new UserError("`regatta run` is not there yet");
};
export default run;
