/** Fetches an experiment's tasks and images, and says how much of this machine's disk they take. */
import { jsonText } from "../../base/inert.ts";
import { pullExperiment, type Pulled } from "../../app/pull.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { bytes, plural } from "../../terminal/figures.ts";
import { printable, printableLines } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";

const pull: CommandBody<"pull"> = async ({ experiment }, { tasks, json }, io) => {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt);
  try {
    const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
    const everything = await pullExperiment({ file: experiment, tasks: tasks ?? [], say, signal: stop.signal });
    const { tasks: pulled, toolchains } = everything;
    const failed = pulled.filter(({ imageProblem }) => imageProblem !== null);
    if (json) io.stdout.write(jsonText(asJson(everything)));
    else {
      for (const { id, bytes: size, from, commit, image } of pulled) {
        const origin = from === null ? "" : `  ${printable(from)} at ${commit?.slice(0, 12) ?? "?"}`;
        const made = image === null ? "" : `  image ${printable(image.name)} ${bytes(image.bytes)}`;
        io.stdout.write(`${printable(id)}  ${bytes(size)}${origin}${made}\n`);
      }
      for (const { name, version } of toolchains)
        io.stdout.write(`${printable(name)} ${printable(version ?? "")}  ready\n`);
      const all = pulled.reduce((sum, { bytes: size }) => sum + size, 0);
      io.stdout.write(`${plural(pulled.length, "task")}, ${bytes(all)}\n`);
      for (const { id, imageProblem } of failed)
        io.stderr.write(`${printable(id)}: no image: ${printableLines(imageProblem ?? "")}\n`);
    }
    return failed.length === 0 ? EXIT.ok : EXIT.incomplete;
  } catch (error) {
    if (stop.signal.aborted) return EXIT.interrupted;
    throw error;
  } finally {
    process.off("SIGINT", interrupt);
  }
};
export default pull;

function asJson({ tasks: pulled, toolchains }: Pulled): object {
  return {
    schema_version: 1,
    tasks: pulled.map(({ id, dir, from, commit, bytes: size, image, imageProblem }) => ({
      id,
      dir,
      git_url: from,
      git_commit_id: commit,
      bytes: size,
      image: image?.name ?? null,
      image_bytes: image?.bytes ?? null,
      image_problem: imageProblem,
    })),
    toolchains,
  };
}
