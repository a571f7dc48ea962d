/** Removes what Docker Compose made for some projects: their containers, then their networks. */
import { engineAddress } from "./engine-address.ts";
import { type EngineClient, engineClient, EngineError, EngineUnreachable } from "./engine-client.ts";

const PROJECT = "com.docker.compose.project";

/**
 * @param isOurs of a project's name
 * @returns how many containers were removed; 0 where there is no engine
 */
export async function removeComposeProjects(
  isOurs: (project: string) => boolean,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const address = engineAddress(env);
  if ("problem" in address) return 0;
  const client = engineClient(address);
  try {
    const filters = JSON.stringify({ label: [PROJECT] });
    const containers = (await client.json({
      method: "GET",
      path: "/containers/json",
      query: { all: true, filters },
    })) as Labelled[];
    const wanted = ({ Labels }: Labelled): boolean => isOurs(Labels?.[PROJECT] ?? "");
    const ours = containers.filter(wanted);
    for (const { Id } of ours) await remove(client, `/containers/${Id}`);
    const networks = (await client.json({ method: "GET", path: "/networks", query: { filters } })) as Labelled[];
    for (const network of networks) if (wanted(network)) await remove(client, `/networks/${network.Id}`);
    return ours.length;
  } catch (error) {
    if (error instanceof EngineUnreachable) return 0;
    throw error;
  }
}

interface Labelled {
  readonly Id: string;
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
