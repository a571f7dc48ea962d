/** `regatta run`: progress while it goes on, the results table at the end. */
import { jsonText } from "../../base/inert.ts";
import { dryRun } from "../../app/dry-run.ts";
import { runExperiment, type RunRequest } from "../../app/run.ts";
import type { StopForce, StopReason } from "../../contract/event.ts";
import { EXIT, type ExitCode } from "../../contract/exit-codes.ts";
import { rewardRuleOf } from "../../contract/plan-lock.ts";
import { judged } from "../../contract/reward-rule.ts";
import { openReporter } from "../../app/open-reporter.ts";
import { plural } from "../../terminal/figures.ts";
import { jsonLine } from "../../terminal/json-line.ts";
import { printable } from "../../terminal/printable.ts";
import type { CommandBody } from "../commands.ts";
import { overridesOf } from "../overrides.ts";
import type { CommandIo } from "../io.ts";
import { packageVersion } from "../package-file.ts";
import { resultsJson } from "../render/results-json.ts";
import { nearPath } from "../render/near-path.ts";
import { resultsTable } from "../render/results-table.ts";

const STOPPING: Readonly<Record<StopReason, string>> = {
  interrupted: "stopping: running trials end and are collected; Ctrl-C again stops at once",
  terminated: "stopping: running trials end and are collected; a second signal stops at once",
  killed: "stopping",
  "run-timeout": "run_timeout_sec is nearly over: agents stop, what they did is verified",
  "disk-full":
    "the disk is full: nothing new starts, what runs goes on to its end. Make room, then give the same command again",
  "results-unwritable":
    "results cannot be written: nothing new starts, what runs goes on to its end. Put that right, then give the same command again",
  "budget-spent": "a budget is spent: nothing new starts, what runs goes on to its end",
  "dead-key": "stopping: the model's provider does not take the key",
};

function stopText(reason: StopReason, force: StopForce): string {
  if (force === "at-once") return "stopping at once";
  return reason === "run-timeout" && force === "all"
    ? "run_timeout_sec is over: what still runs is cancelled"
    : STOPPING[reason];
}

/** What comes before the same command can go on; null = nothing. */
const BEFORE_GOING_ON: Readonly<Record<StopReason, string | null>> = {
  interrupted: null,
  terminated: null,
  killed: null,
  "run-timeout": null,
  "disk-full": "make room on the disk",
  "results-unwritable": "make the results writable",
  "budget-spent": "raise the limit in [budget]",
  "dead-key": "give a key that the provider takes",
};

/** What runs this program, for processes that it starts to do a part of its work. */
function thisProgram(): readonly string[] {
  return [process.execPath, process.argv[1] ?? ""];
}

const run: CommandBody<"run"> = async ({ experiment }, options, io) => {
  if (options.detach) {
    const { runDetached } = await import("../../app/detach.ts");
    return runDetached(thisProgram(), process.argv.slice(2), io.stdout, io.stderr);
  }
  const request: RunRequest = {
    file: experiment,
    say: (line) => void io.stderr.write(`${printable(line)}\n`),
    tasks: options.tasks ?? [],
    profiles: options.profiles ?? [],
    overrides: overridesOf(options),
    batch: options.batch ?? null,
    forceNew: options.new,
    version: packageVersion(),
  };
  if (options.dryRun) {
    const dry = await dryRun(request);
    io.stdout.write(options.json ? jsonText(dry.json) : dry.text);
    return EXIT.ok;
  }
  return runAndShow(request, options.json, io, () => `regatta run ${experiment}`);
};
export default run;

/** @param goOn what to type to go on with a batch that was cut short */
export async function runAndShow(
  request: RunRequest,
  json: boolean,
  io: CommandIo,
  goOn: (batch: number) => string,
): Promise<ExitCode> {
  const { say } = request;
  let live = false;
  const result = await runExperiment(
    { ...request, reaper: [...thisProgram(), "gc"] },
    {
      onTarget({ plan, batch, how, kept, toDo, problems }) {
        if (json) return;
        for (const warning of plan.warnings) say(`note: ${warning}`);
        for (const { path, message } of problems) say(`note: ${path}: ${message}`);
        const name = `${plan.slug}/${batch}`;
        const left = toDo.filter((trial) => trial.refused === null).length;
        if (how === "new") return;
        if (left === 0 && request.retry !== undefined)
          say(`nothing to retry: no trial of ${name} that this asks for was not scored (${request.retry.join(", ")})`);
        else if (left === 0) say(`nothing to run: every trial of ${name} that this asks for is finished`);
        else if (how === "continued")
          say(
            `continuing ${name}, which an identical run left unfinished: ${kept} kept, ${left} to run (--new makes a new batch)`,
          );
        else say(`continuing ${name}: ${kept} kept, ${left} to run`);
      },
      async listener(_target, earlier) {
        live = io.terminal("stderr").live;
        const reporter = await openReporter({
          json,
          stdout: io.stdout,
          stderr: io.stderr,
          env: io.env,
          kept: earlier.trials.map(({ id, record }) => ({
            id,
            outcome: record.outcome,
            ...judged(record.outcome, rewardRuleOf(earlier.launches.at(-1)?.lock)),
          })),
        });
        return { name: "progress", onEvent: (event) => reporter.onEvent(event), close: () => reporter.close() };
      },
      onStop(reason, force) {
        if (!live && !json) say(stopText(reason, force));
      },
      onOver(result) {
        const { view, exitCode, stopped } = result;
        if (json) {
          io.stdout.write(jsonLine({ type: "results", ...resultsJson(view), exit_code: exitCode, stopped }));
          return;
        }
        io.stdout.write(resultsTable({ ...view, dir: nearPath(view.dir, io.cwd) }, io.terminal()));
        const open = view.totals.cancelled + view.totals.notStarted + view.totals.running;
        if (open === 0) return;
        const { copyOf, retry } = request;
        // A retry goes through what ended without a score; what never ran is not among that.
        if (stopped === null && retry !== undefined && copyOf !== undefined)
          say(
            `${plural(open, "trial")} never ran to ${open === 1 ? "its" : "their"} end; to go on with ${open === 1 ? "it" : "them"}: regatta run ${nearPath(copyOf, io.cwd)} --batch ${view.batch}`,
          );
        if (stopped === null) return;
        const before = BEFORE_GOING_ON[stopped];
        say(`to go on: ${before === null ? "" : `${before}, then: `}${goOn(view.batch)}`);
      },
    },
  );
  return result.exitCode;
}
