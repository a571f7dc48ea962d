import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const validate: CommandBody<"validate"> = async () => {
  throw new UserError("`regatta validate` is not there yet");
};
export default validate;
