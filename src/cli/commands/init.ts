/** Asks for a name when somebody is there to answer; writes a first experiment that runs at once. */
import { resolve } from "node:path";
import { INIT_SLUG, slugFault, writeInit } from "../../app/write-init.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { UserError } from "../../contract/failure.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";

const init: CommandBody<"init"> = async ({ slug: given }, { yes, dir, force }, io) => {
  const slug = given ?? (io.interactive && !yes ? await ask() : INIT_SLUG);
  if (slug === null) return EXIT.interrupted;
  const fault = slugFault(slug);
  if (fault !== null) throw new UserError(`"${slug}" cannot be an experiment's slug: expected ${fault}`);
  const folder = resolve(io.cwd, dir ?? ".");
  const written = await writeInit(folder, { slug }, force);
  const at = dir === undefined ? "" : `cd ${printable(dir)} && `;
  io.stdout.write(
    [
      ...written.map((path) => `wrote ${printable(path)}`),
      "",
      "next:",
      `  ${at}regatta plan experiments/${slug}.toml`,
      `  ${at}regatta run experiments/${slug}.toml`,
      "",
    ].join("\n"),
  );
  return EXIT.ok;
};
export default init;

/** @returns null when the question was cancelled. */
async function ask(): Promise<string | null> {
  const { isCancel, text } = await import("@clack/prompts");
  const answer = await text({
    message: "Name of the experiment (its slug: a folder name)",
    initialValue: INIT_SLUG,
    validate: (value) => {
      const fault = slugFault(value ?? "");
      return fault === null ? undefined : `expected ${fault}`;
    },
  });
  return isCancel(answer) ? null : answer;
}
