import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const kill: CommandBody<"kill"> = async () => {
  throw new UserError("`regatta kill` is not there yet");
};
export default kill;
