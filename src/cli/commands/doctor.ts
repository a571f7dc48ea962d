import { UserError } from "../../contract/failure.ts";
import type { CommandBody } from "../commands.ts";

const doctor: CommandBody<"doctor"> = async () => {
  throw new UserError("`regatta doctor` is not there yet");
};
export default doctor;
