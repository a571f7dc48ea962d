import type { PlanRequest } from "../app/prepare-plan.ts";

/** Flags that win over the experiment file; those not given change nothing. */
export function overridesOf(options: {
  readonly attempts?: number | undefined;
  readonly parallel?: number | undefined;
  readonly quietVerify: boolean;
}): PlanRequest["overrides"] {
  const { attempts, parallel, quietVerify } = options;
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(parallel === undefined ? {} : { parallel }),
    ...(quietVerify ? { quiet_verify: true } : {}),
  };
}
