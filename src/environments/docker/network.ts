/**
 * The one network that all trials of a host share: a network each would use up the engine's pool of addresses at some thirty
 * trials. Containers in it cannot talk to each other.
 */
import { isIPv4 } from "node:net";
import { isRecord } from "../../base/is-record.ts";
import { type EngineClient, EngineError } from "./engine-client.ts";

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
  const found = await client.json({ method: "GET", path: `/networks/${id}` });
  const ipam = isRecord(found) && isRecord(found["IPAM"]) ? found["IPAM"]["Config"] : null;
  const all: readonly unknown[] = Array.isArray(ipam) ? ipam : [];
  const addresses = all.flatMap((each) =>
    isRecord(each) && typeof each["Gateway"] === "string" ? [each["Gateway"]] : [],
  );
  return addresses.find((address) => isIPv4(address)) ?? null;
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
