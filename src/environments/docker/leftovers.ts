/** What an engine has of ours, by label. Asked of it before most commands: it needs no more of this folder than that takes. */
import { EnvironmentFailure, FileMissing, type Leftover } from "../environment.ts";
import { GUARD_LABEL, OWN_LABELS, ownLabels, SANDBOX_LABEL } from "./container-config.ts";
import { downloadFrom } from "./container-files.ts";
import { engineAddress } from "./engine-address.ts";
import { type EngineClient, engineClient } from "./engine-client.ts";
import { removeContainer } from "./remove-container.ts";

/** An engine under load answers late, one that hangs never. */
const PATIENCE_MS = 30_000;

/** @throws EnvironmentFailure when it cannot be asked */
export async function listLeftovers(env: NodeJS.ProcessEnv = process.env): Promise<readonly Leftover[]> {
  const address = engineAddress(env);
  if ("problem" in address) throw new EnvironmentFailure("not-available", address.problem);
  try {
    return await leftovers(engineClient(address), AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "TimeoutError") throw error;
    const silent = `the Docker engine has not answered for ${PATIENCE_MS / 1000} s`;
    throw new EnvironmentFailure("not-available", silent, { cause: error });
  }
}

async function leftovers(client: EngineClient, signal: AbortSignal): Promise<readonly Leftover[]> {
  const filters = JSON.stringify({ label: [OWN_LABELS] });
  const query = { all: true, filters };
  const found = (await client.json({ method: "GET", path: "/containers/json", query, signal })) as {
    Id: string;
    Labels: Record<string, string>;
  }[];
  // The container of a trial and the one that guards its network are one sandbox.
  const sandboxes = new Map<
    string,
    { readonly labels: Record<string, string>; readonly ids: string[]; tenant: string | null }
  >();
  for (const { Id, Labels } of found) {
    const name = Labels[SANDBOX_LABEL] ?? Labels[GUARD_LABEL] ?? Id;
    const sandbox = sandboxes.get(name) ?? { labels: Labels, ids: [], tenant: null };
    sandbox.ids.push(Id);
    if (Labels[SANDBOX_LABEL] !== undefined) sandbox.tenant = Id;
    sandboxes.set(name, sandbox);
  }
  return [...sandboxes].map(([name, { labels, ids, tenant }]) => ({
    name,
    labels: ownLabels(labels),
    async remove() {
      await Promise.all(ids.map((id) => removeContainer(client, id)));
    },
    async salvage(from, to, limits) {
      if (tenant === null) return null;
      try {
        return await downloadFrom({ client, container: tenant }, from, to, limits);
      } catch (error) {
        if (error instanceof FileMissing) return null;
        throw error;
      }
    },
  }));
}
