/** Every running container of the engine, whoever started it. */
import { engineAddress } from "./engine-address.ts";
import { type EngineClient, engineClient, EngineError, EngineUnreachable } from "./engine-client.ts";

export interface RunningContainer {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** False when it had ended by itself in the meantime. */
  kill(): Promise<boolean>;
}

export interface RunningContainers {
  readonly found: readonly RunningContainer[];
  /** Why an engine that should be there could not be asked; null = it was, or there is none. */
  readonly problem: string | null;
}

export async function runningContainers(env: NodeJS.ProcessEnv = process.env): Promise<RunningContainers> {
  const address = engineAddress(env);
  if ("problem" in address) return { found: [], problem: null };
  const client = engineClient(address);
  let found: { Id: string; Names: string[]; Image: string }[];
  try {
    found = (await client.json({ method: "GET", path: "/containers/json" })) as typeof found;
  } catch (error) {
    if (error instanceof EngineUnreachable) return { found: [], problem: error.message };
    throw error;
  }
  const containers = found.map(({ Id, Names, Image }) => ({
    id: Id,
    name: Names[0]?.replace(/^\//, "") ?? Id.slice(0, 12),
    image: Image,
    kill: () => killContainer(client, Id),
  }));
  return { found: containers, problem: null };
}

async function killContainer(client: EngineClient, id: string): Promise<boolean> {
  try {
    await client.json({ method: "POST", path: `/containers/${id}/kill` });
    return true;
  } catch (error) {
    if (error instanceof EngineError && (error.status === 404 || error.status === 409)) return false;
    throw error;
  }
}
