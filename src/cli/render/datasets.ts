/** `datasets`: one line per dataset, or one per task. */
import { plural } from "../../terminal/figures.ts";
import { grid } from "../../terminal/grid.ts";
import { paintFor } from "../../terminal/paint.ts";
import { printable } from "../../terminal/printable.ts";
import { textOf, type Look } from "./style.ts";

interface ListedDataset {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly tasks: readonly { readonly name: string; readonly path: string; readonly gitUrl: string | null }[];
}

export function datasetsText(datasets: readonly ListedDataset[], registry: string, look: Look): string {
  const paint = paintFor(look.color);
  const heading = ["dataset", "tasks", "description"].map((text) => ({ text, style: "dim" as const }));
  const rows = datasets.map(({ name, version, description, tasks }) => [
    `${printable(name)}@${printable(version)}`,
    String(tasks.length),
    printable(description),
  ]);
  const columns = [{ min: 20 }, { align: "right" as const }, { min: 10, drop: 1 }];
  const lines = datasets.length === 0 ? [] : grid(columns, [heading, ...rows], { columns: look.columns, paint });
  return textOf([...lines, "", `${plural(datasets.length, "dataset")} in ${printable(registry)}`]);
}

export function datasetText({ name, version, description, tasks }: ListedDataset, look: Look): string {
  const paint = paintFor(look.color);
  const title = paint(`${printable(name)}@${printable(version)}`, "bold");
  return textOf([
    description === "" ? title : `${title}  ${printable(description)}`,
    ...tasks.map((task) => `  ${printable(task.name)}`),
    "",
    plural(tasks.length, "task"),
  ]);
}
