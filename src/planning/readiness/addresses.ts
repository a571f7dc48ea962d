/** Whether every trial with a network can have an address at once. Pure. */
import type { Finding } from "../../contract/finding.ts";
import type { FreeAddresses } from "../../environments/environment.ts";

const NAME = "addresses";
const POOL_USED_UP = /address pool|subnet/i;

/** @param wanted trials with a network, at one time */
export function addressFinding(addresses: FreeAddresses, wanted: number): Finding {
  if (addresses.kind === "no-network") {
    return {
      name: NAME,
      verdict: "stop",
      detail: `the network that trials share cannot be made: ${addresses.reason}`,
      todo: POOL_USED_UP.test(addresses.reason)
        ? "docker network prune removes the networks that nobody uses; default-address-pools in the engine's daemon.json gives it more of them"
        : "docker network create --driver bridge something shows whether the engine can make any; its log says more",
    };
  }
  const { network, subnet, free } = addresses;
  const where = `of ${subnet}, which trials share (the network "${network}")`;
  if (free >= wanted) return { name: NAME, verdict: "ok", detail: `${free} addresses are free ${where}`, todo: null };
  const larger = `remove it when nothing runs in it (docker network rm ${network}) and have default-address-pools in the engine's daemon.json give larger subnets`;
  return {
    name: NAME,
    verdict: "stop",
    detail: `${free} addresses are free ${where}, and ${wanted} trials at a time take one each`,
    todo: free > 0 ? `-n ${free} fits; or ${larger}` : `wait for whatever runs in it, or ${larger}`,
  };
}
