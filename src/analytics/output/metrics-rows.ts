/** One line of JSON per trial, every value of its own type: for tools that would rather not guess types from CSV. */
import { jsonLine } from "../../terminal/json-line.ts";
import { type Analysis, reasonOf, valueOf } from "../analysis.ts";
import { IDENTITY } from "./metrics-detail.ts";

/** In the order of `metrics_detail.csv`; `not_computed` is an object of reasons by metric here. */
export function metricsRows({ trials, metrics }: Pick<Analysis, "trials" | "metrics">): string {
  return trials
    .map((trial) => {
      const identity = IDENTITY.map(([column, of]) => [column, of(trial)]);
      const values = metrics.map(({ name }) => [name, valueOf(trial, name)]);
      const reasons = metrics.flatMap(({ name }) => {
        const reason = reasonOf(trial, name);
        return reason === null ? [] : [[name, reason]];
      });
      const row = Object.fromEntries([
        ...identity,
        ...values,
        ["not_computed", JSON.stringify(Object.fromEntries(reasons))],
      ]);
      return jsonLine({ ...row, remarks: trial.facts.remarks.join("; ") });
    })
    .join("");
}

/** DuckDB's types of the columns, in order. */
export function metricsColumns({ metrics }: Pick<Analysis, "metrics">): Readonly<Record<string, string>> {
  return Object.fromEntries([
    ...IDENTITY.map(([column]) => [column, column === "attempt" ? "INTEGER" : "VARCHAR"]),
    ...metrics.map(({ name }) => [name, "DOUBLE"]),
    ["not_computed", "VARCHAR"],
    ["remarks", "VARCHAR"],
  ]);
}
