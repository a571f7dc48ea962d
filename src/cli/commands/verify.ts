import { type Verified, verifyBatch } from "../../app/verify.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { packageVersion } from "../package-file.ts";
import { verifiedText } from "../render/verified.ts";

const verify: CommandBody<"verify"> = async ({ batch }, { json }, io) => {
  const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
  const verified = await verifyBatch({
    cwd: io.cwd,
    batch,
    version: packageVersion(),
    say,
  });
  const { name, dir, inputs, results, images, notes, ...counts } = verified;
  const drifted = inputs.length + results.length > 0;
  io.stdout.write(
    json
      ? `${JSON.stringify({ schema_version: 1, batch: name, dir, drifted, inputs, results, images: images.map(imageJson), notes, ...counts }, null, 2)}\n`
      : verifiedText(verified, io.terminal()),
  );
  return drifted ? EXIT.incomplete : EXIT.ok;
};
export default verify;

function imageJson({ task, image, trials }: Verified["images"][number]): object {
  return { task, ...image, trials };
}
