import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const status: CommandBody<"status"> = async () => {
  throw new UserError("`regatta status` is not there yet");
};
export default status;
