/** What Docker Compose made for some projects. */
import type { Leftover } from "../environment.ts";
import { engineAddress } from "./engine-address.ts";
import { type EngineClient, engineClient, EngineError, EngineUnreachable, type Query } from "./engine-client.ts";

const PROJECT = "com.docker.compose.project";

/**
 * Containers of these projects, each with a way to remove it, then their networks.
 *
 * @param isOurs of a project's name
 * @returns nothing where there is no engine
 */
export async function composeLeftovers(
  isOurs: (project: string) => boolean,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly Leftover[]> {
  const address = engineAddress(env);
  if ("problem" in address) return [];
  const client = engineClient(address);
  const found = async (path: string, query: Query): Promise<readonly Labelled[]> => {
    const filters = JSON.stringify({ label: [PROJECT] });
    const all = (await client.json({ method: "GET", path, query: { ...query, filters } })) as readonly Labelled[];
    return all.filter(({ Labels }) => isOurs(Labels?.[PROJECT] ?? ""));
  };
  try {
    const containers = await found("/containers/json", { all: true });
    const networks = await found("/networks", {});
    return [
      ...containers.map(({ Id, Names }) => leftover(client, `/containers/${Id}`, Names?.[0]?.replace(/^\//, "") ?? Id)),
      ...networks.map(({ Id, Name }) => leftover(client, `/networks/${Id}`, Name ?? Id)),
    ];
  } catch (error) {
    if (error instanceof EngineUnreachable) return [];
    throw error;
  }
}

function leftover(client: EngineClient, path: string, name: string): Leftover {
  return { name, labels: {}, remove: () => remove(client, path) };
}

interface Labelled {
  readonly Id: string;
  readonly Name?: string;
  readonly Names?: readonly string[];
  readonly Labels: Readonly<Record<string, string>> | null;
}

async function remove(client: EngineClient, path: string): Promise<void> {
  try {
    const query = path.startsWith("/containers") ? { force: true, v: true } : {};
    await client.json({ method: "DELETE", path, query });
  } catch (error) {
    if (!(error instanceof EngineError) || ![403, 404, 409].includes(error.status)) throw error;
  }
}
