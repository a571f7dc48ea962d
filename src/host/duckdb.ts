/** Parquet by the `duckdb` program, where there is one: a format of its own that nothing here has to know. */
import { spawn } from "node:child_process";
import { rename, rm, writeFile } from "node:fs/promises";
import { UserError } from "../contract/failure.ts";
import { isErrno } from "./files.ts";

/**
 * @param rows lines of JSON
 * @param columns DuckDB's type of each
 * @param file absolute; replaced as a whole
 * @throws {UserError} where there is no DuckDB, or it cannot do this
 */
export async function writeParquet(
  rows: string,
  columns: Readonly<Record<string, string>>,
  file: string,
): Promise<void> {
  const [source, target] = [`${file}.rows.tmp`, `${file}.tmp`];
  try {
    await writeFile(source, rows);
    const types = Object.entries(columns).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
    await duckdb(
      `COPY (SELECT * FROM read_json(${quoted(source)}, format = 'newline_delimited', columns = {${types.join(", ")}})) ` +
        `TO ${quoted(target)} (FORMAT parquet)`,
    );
    await rename(target, file);
  } finally {
    for (const left of [source, target]) await rm(left, { force: true });
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

async function duckdb(statement: string): Promise<void> {
  const said: Buffer[] = [];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn("duckdb", ["-batch", "-bail", "-no-stdin", "-c", statement], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    child.on("error", reject);
    child.on("close", resolve);
  }).catch((error: unknown) => {
    if (!isErrno(error, "ENOENT")) throw error;
    throw new UserError("--format parquet needs the program duckdb, and it is not in PATH.", [
      "It is on PyPI as duckdb-cli, and at duckdb.org; metrics_detail.csv has the same.",
    ]);
  });
  if (code === 0) return;
  throw new UserError("DuckDB could not write Parquet.", [Buffer.concat(said).toString("utf8").slice(0, 2000).trim()]);
}
