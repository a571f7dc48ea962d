/** Progress of a run from any shell: the reporter that the run itself has, fed from the journal. */
import { viewOf } from "../../app/batch-reading.ts";
import { findBatch } from "../../app/find-batch.ts";
import { openReporter } from "../../app/open-reporter.ts";
import { readBatch } from "../../app/read-batch.ts";
import { followJournal } from "../../app/watch.ts";
import { rewardRuleOf } from "../../contract/plan-lock.ts";
import { judged } from "../../contract/reward-rule.ts";
import { jsonLine } from "../../terminal/json-line.ts";
import type { CommandBody } from "../commands.ts";
import { nearPath } from "../render/near-path.ts";
import { resultsJson } from "../render/results-json.ts";
import { resultsTable } from "../render/results-table.ts";

const watch: CommandBody<"watch"> = async ({ batch }, { json }, io) => {
  const { dir } = await findBatch(batch, io.cwd);
  const before = await readBatch(dir);
  const last = before.launches.at(-1);
  if (last !== undefined && before.owner.state === "live") {
    const kept = before.trials.filter((trial) => trial.launch !== last.launch);
    const reporter = await openReporter({
      json,
      stdout: io.stdout,
      stderr: io.stderr,
      env: io.env,
      kept: kept.map(({ id, record }) => ({
        id,
        outcome: record.outcome,
        ...judged(record.outcome, rewardRuleOf(last.lock)),
      })),
    });
    try {
      await followJournal(dir, last.launch, (event) => reporter.onEvent(event), io.outputClosed);
    } finally {
      await reporter.close();
    }
  }
  const view = viewOf(await readBatch(dir));
  if (json) io.stdout.write(jsonLine({ type: "results", ...resultsJson(view), exit_code: view.exitCode }));
  else io.stdout.write(resultsTable({ ...view, dir: nearPath(view.dir, io.cwd) }, io.terminal()));
  return view.exitCode;
};
export default watch;
