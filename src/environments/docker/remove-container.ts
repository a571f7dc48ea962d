import { type EngineClient, EngineError } from "./engine-client.ts";

/** Idempotent, also while somebody else removes it. */
export async function removeContainer(client: EngineClient, id: string): Promise<void> {
  try {
    await client.json({ method: "DELETE", path: `/containers/${id}`, query: { force: true, v: true } });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.status === 404) return;
    if (error.status === 409 && /already in progress/i.test(error.message)) {
      await client
        .json({ method: "POST", path: `/containers/${id}/wait`, query: { condition: "removed" } })
        .catch((gone: unknown) => {
          if (!(gone instanceof EngineError) || gone.status !== 404) throw gone;
        });
      return;
    }
    throw error;
  }
}
