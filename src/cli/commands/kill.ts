/** Lists what would be stopped; with --yes stops it and says how each ended. */
import { jsonText } from "../../base/inert.ts";
import { findBatch } from "../../app/find-batch.ts";
import { allContainers, findKillTargets, type KillEnding, killTarget, type KillTarget } from "../../app/kill.ts";
import { projectRootOf } from "../../app/project-root.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { plural } from "../../terminal/figures.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";

const ENDINGS: Readonly<Record<KillEnding, string>> = {
  ended: "ended in good order",
  killed: "did not end by itself and was killed",
  swept: "was gone already; what it left is removed",
  "still-there": "does not die",
  refused: "is this command's own parent and was left alone",
};

const kill: CommandBody<"kill"> = async ({ batch }, { all, yes, json }, io) => {
  const { targets, problems: unasked } = await findKillTargets({
    batchDir: batch === undefined ? null : (await findBatch(batch, io.cwd)).dir,
    projectRoot: all ? null : projectRootOf(io.cwd),
  });
  const done: { readonly target: KillTarget; readonly ending: KillEnding | null }[] = [];
  for (const target of targets) {
    if (!yes && !json) io.stdout.write(`would stop ${described(target)}\n`);
    const ending = yes ? await killTarget(target) : null;
    if (ending !== null && !json) io.stdout.write(`${described(target)}: ${ENDINGS[ending]}\n`);
    done.push({ target, ending });
  }
  // What was removed with its run above is not there any more.
  const { found: containers, problem } =
    all && batch === undefined ? await allContainers() : { found: [], problem: null };
  const problems =
    problem === null
      ? unasked
      : [...unasked, `Docker could not be asked (${problem}): which containers run there is not known`];
  let killed = 0;
  for (const container of containers) {
    if (yes && (await container.kill())) killed += 1;
    const { name, image } = container;
    if (!yes && !json) io.stdout.write(`would kill container ${printable(name)} (${printable(image)})\n`);
  }
  if (json) io.stdout.write(jsonText(asJson(done, containers, yes ? killed : null, problems)));
  else if (yes && all) io.stdout.write(`${plural(killed, "running container")} of the Docker host killed\n`);
  else if (targets.length === 0 && containers.length === 0 && problems.length === 0)
    io.stdout.write(
      all
        ? "nothing of yours is running\n"
        : "nothing of this project is running (--all looks at every project of yours)\n",
    );
  else if (!yes && targets.length + containers.length > 0) io.stdout.write("nothing was stopped; add --yes to do it\n");
  if (!json) for (const each of problems) io.stdout.write(`${printable(each)}\n`);
  const failed = done.some(({ ending }) => ending === "still-there" || ending === "refused");
  return failed || problems.length > 0 ? EXIT.incomplete : EXIT.ok;
};
export default kill;

function described({ process, batchDir, alive, sandboxes }: KillTarget): string {
  const left =
    sandboxes.length === 0 ? "" : `, ${sandboxes.length} ${sandboxes.length === 1 ? "sandbox" : "sandboxes"}`;
  return `${printable(batchDir)} (${alive ? `process ${process.pid}` : "its process is gone"}${left})`;
}

function asJson(
  done: readonly { readonly target: KillTarget; readonly ending: KillEnding | null }[],
  containers: readonly { readonly name: string; readonly image: string }[],
  killed: number | null,
  problems: readonly string[],
) {
  return {
    schema_version: 1,
    problems,
    containers: { found: containers.map(({ name, image }) => ({ name, image })), killed },
    runs: done.map(({ target, ending }) => ({
      batch_dir: target.batchDir,
      project_root: target.projectRoot,
      pid: target.process.pid,
      alive: target.alive,
      sandboxes: target.sandboxes.map((sandbox) => sandbox.name),
      ending,
    })),
  };
}
