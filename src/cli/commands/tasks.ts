import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const tasks: CommandBody<"tasks"> = async () => {
  throw new UserError("`regatta tasks` is not there yet");
};
export default tasks;
