import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const results: CommandBody<"results"> = async () => {
  throw new UserError("`regatta results` is not there yet");
};
export default results;
