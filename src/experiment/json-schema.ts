/**
 * The definition as JSON Schema draft-07, for editors: `schema/experiment.v2.json` is this, written by `npm run generate`.
 *
 * Tables whose keys are names come out as patternProperties, so that editors check the names too. What only the loader
 * can know (agents, paths, inheritance) is not in it.
 */
import { z } from "zod";

import { NAME_PATTERN } from "./names.ts";
import { experimentFile } from "./schema/experiment-file.ts";

interface JsonSchema {
  [key: string]: unknown;
  properties?: Record<string, JsonSchema>;
  patternProperties?: Record<string, JsonSchema>;
  propertyNames?: JsonSchema;
  additionalProperties?: unknown;
  type?: unknown;
}

/** With a newline at the end, as committed. */
export function experimentJsonSchema(): string {
  const { $schema, ...body } = z.toJSONSchema(experimentFile, {
    target: "draft-07",
    io: "input",
    override: ({ jsonSchema }) => {
      namesToPatterns(jsonSchema as JsonSchema);
    },
  });
  const document = {
    $schema,
    title: "Regatta experiment, schema 2",
    description: "An experiment: which profiles run over which tasks, how often, and where.",
    ...body,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function namesToPatterns(schema: JsonSchema): void {
  const values = schema.additionalProperties;
  if (schema.type !== "object" || typeof values !== "object" || values === null) return;
  const pattern = schema.propertyNames?.["pattern"];
  schema.patternProperties = {
    [typeof pattern === "string" ? pattern : NAME_PATTERN.source]: values as JsonSchema,
  };
  schema.additionalProperties = false;
  delete schema.propertyNames;
}
