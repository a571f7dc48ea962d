import type { Environment } from "../../environments/environment.ts";
import type { Clock } from "../clock.ts";

const TEARDOWN_SEC = 60;

/** Always runs, on a clock of its own. @returns what is left behind, in words; null when nothing is. */
export async function tearDown(environment: Environment, clock: Clock): Promise<string | null> {
  let cancel: (() => void) | undefined;
  const late = new Promise<string>((resolve) => {
    cancel = clock.after(TEARDOWN_SEC * 1000, () =>
      resolve(
        `the sandbox was not gone after ${TEARDOWN_SEC} s; it is tried again at the end of the run, and by regatta gc after that`,
      ),
    );
  });
  try {
    return await Promise.race([environment.stop().then(() => null), late]);
  } catch (error) {
    return `the sandbox could not be removed (${(error as Error).message}); it is tried again at the end of the run, and by regatta gc after that`;
  } finally {
    cancel?.();
  }
}
