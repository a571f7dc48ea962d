/**
 * The one network that all trials of a host share: a network each would use up the engine's pool of addresses at some thirty
 * trials. Containers in it cannot talk to each other.
 */
import { isIPv4 } from "node:net";
import { isRecord } from "../../base/is-record.ts";
import type { FreeAddresses } from "../environment.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";
import { textAt } from "./engine-values.ts";

const NETWORK = "regatta";
const NETWORK_LABEL = "regatta.network";

interface FoundNetwork {
  readonly Id: string;
  readonly Created: string;
  readonly Name: string;
}

/** @returns the id of the network, made if need be; several processes that ask at once get the same one. */
export async function sharedNetwork(client: EngineClient): Promise<string> {
  const [known] = await networks(client);
  if (known !== undefined) return known.Id;
  try {
    await client.json({
      method: "POST",
      path: "/networks/create",
      body: {
        Name: NETWORK,
        CheckDuplicate: true,
        Driver: "bridge",
        Options: { "com.docker.network.bridge.enable_icc": "false" },
        Labels: { [NETWORK_LABEL]: "1" },
      },
    });
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof EngineError) || error.status !== 409) throw error;
  }
  // Names of networks are not unique: of two that were made at the same moment everybody takes the older one.
  const [oldest, ...others] = await networks(client);
  if (oldest === undefined) throw new EngineError(404, `the network ${NETWORK} vanished`);
  for (const other of others) await removeNetwork(client, other.Id);
  return oldest.Id;
}

/** The host's own address on the shared network; null where the engine does not say. */
export async function hostAddress(client: EngineClient): Promise<string | null> {
  const id = await sharedNetwork(client);
  const configs = configsOf(await client.json({ method: "GET", path: `/networks/${id}` }));
  return configs.map(({ gateway }) => gateway).find((address) => isIPv4(address)) ?? null;
}

/** @param make it is made when it is not there @returns null when it is not, or the engine does not say how large it is */
export async function freeAddresses(client: EngineClient, make: boolean): Promise<FreeAddresses | null> {
  let id: string | undefined;
  try {
    id = make ? await sharedNetwork(client) : (await networks(client))[0]?.Id;
  } catch (error) {
    if (error instanceof EngineError) return { kind: "no-network", reason: error.message };
    throw error;
  }
  if (id === undefined) return null;
  const found = await client.json({ method: "GET", path: `/networks/${id}` });
  const config = configsOf(found).find(({ subnet }) => isIPv4(subnet.split("/")[0] ?? ""));
  if (config === undefined) return null;
  const given = config.range === "" ? config.subnet : config.range;
  const all = 2 ** (32 - Number(given.split("/")[1]));
  if (Number.isNaN(all)) return null;
  // A subnet's first and last address and the machine's own are nobody's.
  const free = all - (config.range === "" ? 3 : 0) - addressesInUse(found);
  return { kind: "addresses", network: NETWORK, subnet: config.subnet, free: Math.max(0, free) };
}

interface IpamConfig {
  readonly gateway: string;
  readonly subnet: string;
  /** The part of the subnet that containers get addresses from; empty = all of it. */
  readonly range: string;
}

function configsOf(network: unknown): readonly IpamConfig[] {
  const ipam = isRecord(network) && isRecord(network["IPAM"]) ? network["IPAM"]["Config"] : null;
  return (Array.isArray(ipam) ? ipam : []).filter(isRecord).map((config) => ({
    gateway: textAt(config, "Gateway"),
    subnet: textAt(config, "Subnet"),
    range: textAt(config, "IPRange"),
  }));
}

function addressesInUse(network: unknown): number {
  const containers = isRecord(network) && isRecord(network["Containers"]) ? network["Containers"] : {};
  return Object.values(containers).filter((each) => isRecord(each) && textAt(each, "IPv4Address") !== "").length;
}

async function networks(client: EngineClient): Promise<readonly FoundNetwork[]> {
  const filters = JSON.stringify({ label: [NETWORK_LABEL] });
  const found = (await client.json({
    method: "GET",
    path: "/networks",
    query: { filters },
  })) as readonly FoundNetwork[];
  return found
    .filter(({ Name }) => Name === NETWORK)
    .toSorted((a, b) => Date.parse(a.Created) - Date.parse(b.Created) || (a.Id < b.Id ? -1 : 1));
}

/** @returns false when somebody uses it. */
async function removeNetwork(client: EngineClient, id: string): Promise<boolean> {
  try {
    await client.json({ method: "DELETE", path: `/networks/${id}` });
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.status === 404) return true;
    if (error instanceof EngineError && error.status === 403) return false;
    throw error;
  }
}
