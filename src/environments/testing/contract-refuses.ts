/** What an environment says it cannot do it refuses: it never does something else instead. */
import { describe, expect, it } from "vitest";
import type { ContractContext } from "./contract.ts";
import { run } from "./contract-bed.ts";

export function refusesContract({ bed, abilities }: ContractContext): void {
  const cannot = [
    [
      abilities.canSwitchUser,
      "another user",
      async () => {
        const environment = await bed().started();
        await expect(run(environment, { argv: ["id", "-u"], user: 4242 })).rejects.toThrow(/4242/);
        await expect(environment.writeFile("/for/one", "x", { user: 4242 })).rejects.toThrow(/4242|user/);
      },
    ],
    [
      abilities.canDisableNetwork,
      "no network",
      async () => {
        await expect(bed().started({ network: "no-network" })).rejects.toThrow(/network/);
      },
    ],
    [
      abilities.canMount,
      "a mount",
      async () => {
        const from = await bed().scratch();
        await expect(bed().started({ mounts: [{ from, to: "/mounted" }] })).rejects.toThrow(/mount/);
      },
    ],
  ] as const;
  const tests = cannot.filter(([able]) => !able);
  if (tests.length === 0) return;
  describe("what it cannot do", () => {
    for (const [, what, test] of tests) it(`refuses ${what}`, test);
  });
}
