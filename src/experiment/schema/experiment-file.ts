/**
 * The experiment file, defined once: types, validation, messages and the JSON Schema all come from the tables in this folder.
 *
 * Adding a key to one does not compile until the resolver of its table (`run-settings.ts`, `task-list.ts`, `profiles.ts`)
 * uses it: a knob that has no effect cannot exist.
 */
import { z } from "zod";
import { SCHEMA_VERSION } from "../defaults.ts";
import { folderName, line, nameExpected } from "./values.ts";
import { described, option } from "./words.ts";
import { analysisTable } from "./analysis-table.ts";
import { budgetTable, gatewayTable } from "./gateway-tables.ts";
import { aliasesTable, mcpTable } from "./mcp-tables.ts";
import { artifactsTable, profileTable, settingsTable } from "./profile-tables.ts";
import { runTable } from "./run-table.ts";
import { taskTable, tasksHead } from "./task-tables.ts";

const slug = described(folderName(), {
  description: "Identity of the experiment on disk: <taskset>__<profileset>__<variant>.",
  expected: nameExpected,
});

/** The top of the file, tables aside. */
export const head = z.strictObject({
  schema_version: described(z.literal(SCHEMA_VERSION), {
    description: "Version of this format.",
    expected: String(SCHEMA_VERSION),
    integer: true,
  }),
  name: option(line, { description: "For people. Default: the slug.", expected: "one line of text" }),
  slug,
});

export const experimentFile = z.strictObject({
  ...head.shape,
  run: runTable.meta({ description: "How the batch runs." }).optional(),
  tasks: z
    .strictObject(tasksHead.shape)
    .catchall(taskTable.meta({ description: "One task; the table's name is its id. An id with a dot needs quotes." }))
    .meta({ description: "The tasks, in the order they run." }),
  defaults: settingsTable.meta({ description: "Keys for every profile that does not set them itself." }).optional(),
  artifacts: artifactsTable.meta({ description: "What is mirrored out of the trials." }).optional(),
  profiles: z
    .record(folderName(), profileTable.meta({ description: "One profile; the table's name is its key." }))
    .meta({ description: "The profiles, in their order of the file." }),
  mcp_aliases: aliasesTable.optional(),
  mcp: z
    .record(
      folderName(),
      mcpTable.meta({ description: "One server: path, npm or python; with none of them the image has it." }),
    )
    .meta({ description: "Where the code of MCP servers comes from." })
    .optional(),
  analysis: analysisTable
    .meta({ description: "What a result means, and what is compared. Changes no trial." })
    .optional(),
  gateway: gatewayTable.meta({ description: "How agents reach their models." }).optional(),
  budget: budgetTable.meta({ description: "What may be spent. Without a key there is no such limit." }).optional(),
});

/** Every table and key at the top of the file. */
export type ExperimentFile = z.output<typeof experimentFile>;
