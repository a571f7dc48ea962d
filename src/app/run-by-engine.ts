/** `engine = "regatta"`: the trials of a batch by our own engine, with what is open as long as they run. */
import type { Announce } from "../contract/event.ts";
import { EnvironmentFailure } from "../environments/environment.ts";
import { runBatch } from "../engine/run-batch.ts";
import { machineWaits as readMachineWaits } from "../host/pressure.ts";
import type { Redactor } from "../host/redact.ts";
import type { ImageLogs } from "../results/image-logs.ts";
import type { BatchStore } from "../results/store.ts";
import { createTrialFiles } from "../results/trial-files.ts";
import { builtUnlessStopped, engineParts } from "./engine-parts-of-run.ts";
import type { Owner } from "./labels.ts";
import { removeLeftovers } from "./leftovers.ts";
import type { PreparedPlan } from "./prepare-plan.ts";
import { openRunGateway } from "./run-gateway.ts";
import type { StopRequests } from "./stop-requests.ts";
import { systemClock } from "./system-clock.ts";
import type { TargetBatch } from "./target-batch.ts";
import { watchRoom } from "./watch-room.ts";

export interface EngineRun {
  readonly prepared: PreparedPlan;
  readonly target: TargetBatch;
  readonly owner: Owner;
  readonly store: BatchStore;
  readonly announce: Announce;
  readonly stop: StopRequests;
  readonly redactor: Redactor;
  readonly imageLogs: ImageLogs;
}

/** @returns whether sandboxes may be left: their engine is away */
export async function runByEngine(run: EngineRun): Promise<boolean> {
  const { prepared, target, owner, store, announce, stop, redactor, imageLogs } = run;
  const { provider, models: routes, abilities } = prepared;
  const { plan, toDo, dir: batchDir } = target;
  const note = (message: string): void => announce({ type: "note", message });
  const files = createTrialFiles(redactor);
  const built = await builtUnlessStopped(prepared, stop, note);
  const gateway = await openRunGateway({ plan, toDo, routes, provider, redactor, batchDir, stop, announce });
  const room = await watchRoom({
    paths: [batchDir, ...(await provider.fills())],
    minFreeGb: plan.run.minFreeGb,
    provider,
    onFailure: note,
    clock: systemClock,
  });
  let said = false;
  const onUnwritable = (message: string, code: string): void => {
    // Each trial that runs comes to it, and each is shown with its own reason.
    if (!said) note(`results cannot be written: ${message}`);
    said = true;
    stop.nothingNew(code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "results-unwritable");
  };
  try {
    // Behind a network address is another machine, with a load of its own.
    const machineWaits = abilities.canMount ? () => readMachineWaits() : () => null;
    const given = { store, files, announce, gateway, room, onUnwritable, machineWaits };
    await runBatch(plan, toDo, engineParts(prepared, target, owner, given, imageLogs, built), stop);
    return await removeLast(prepared, batchDir, note);
  } finally {
    room.close();
    await gateway?.close();
  }
}

/** What could not be removed while an engine was away. @returns whether it still is: the next command does it then */
async function removeLast(
  { provider }: PreparedPlan,
  batchDir: string,
  note: (message: string) => void,
): Promise<boolean> {
  try {
    await removeLeftovers(provider, batchDir);
    return false;
  } catch (error) {
    if (!(error instanceof EnvironmentFailure)) throw error;
    note(`sandboxes of this run may be left, and regatta gc removes them: ${error.message}`);
    return true;
  }
}
