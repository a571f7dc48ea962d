import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const plan: CommandBody<"plan"> = async () => {
  throw new UserError("`regatta plan` is not there yet");
};
export default plan;
