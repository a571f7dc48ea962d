import { retryRequest } from "../../app/retry.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";
import { runAndShow } from "./run.ts";

const retry: CommandBody<"retry"> = async ({ batch }, options, io) => {
  const request = await retryRequest({
    batch,
    cwd: io.cwd,
    kinds: options.kind ?? ["infrastructure"],
    tasks: options.tasks ?? [],
    profiles: options.profiles ?? [],
    parallel: options.parallel ?? null,
    quietVerify: options.quietVerify,
  });
  return runAndShow(
    {
      ...request,
      say: (line) => void io.stderr.write(`${printable(line)}\n`),
      version: packageVersion(),
    },
    options.json,
    io,
    (number) => `regatta retry ${batch ?? number}`,
  );
};
export default retry;
