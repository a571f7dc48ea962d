import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const index: CommandBody<"index"> = async () => {
  throw new UserError("`regatta index` is not there yet");
};
export default index;
