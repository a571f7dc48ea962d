import { jsonText } from "../../base/inert.ts";
import { examineMachine } from "../../app/doctor.ts";
import type { CommandBody } from "../commands.ts";
import { doctorExit, doctorJson, doctorText } from "../render/doctor.ts";

const doctor: CommandBody<"doctor"> = async (_args, { json }, io) => {
  const checks = await examineMachine(io.cwd, io.env);
  io.stdout.write(json ? jsonText(doctorJson(checks)) : doctorText(checks, io.terminal()));
  return doctorExit(checks);
};
export default doctor;
