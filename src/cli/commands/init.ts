import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const init: CommandBody<"init"> = async () => {
  throw new UserError("`regatta init` is not there yet");
};
export default init;
