/** Lists a registry's datasets, or the tasks of one. */
import { jsonText } from "../../base/inert.ts";
import { datasetNamed, listDatasets } from "../../app/list-datasets.ts";
import { EXIT } from "../../contract/exit-codes.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { datasetsText, datasetText } from "../render/datasets.ts";

const datasets: CommandBody<"datasets"> = async ({ dataset }, { registry, json }, io) => {
  const say = (line: string): void => void io.stderr.write(`${printable(line)}\n`);
  const list = await listDatasets(registry ?? null, io.cwd, say);
  const chosen = dataset === undefined ? null : datasetNamed(list, dataset);
  if (json) {
    const shown = (chosen === null ? list.datasets : [chosen]).map(({ name, version, description, tasks }) => ({
      name,
      version,
      description,
      n_tasks: tasks.length,
      ...(chosen === null
        ? {}
        : {
            tasks: tasks.map((task) => ({
              name: task.name,
              path: task.path,
              git_url: task.gitUrl,
              git_commit_id: task.gitCommit,
            })),
          }),
    }));
    io.stdout.write(jsonText({ schema_version: 1, registry: list.registry, datasets: shown }));
  } else if (chosen === null) io.stdout.write(datasetsText(list.datasets, list.registry, io.terminal()));
  else io.stdout.write(datasetText(chosen, io.terminal()));
  return EXIT.ok;
};
export default datasets;
