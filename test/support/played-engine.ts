/** A Docker engine played by a server of the test's: it answers as it is told, on a socket of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** @returns the path of its socket */
export async function playedEngine(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-engine-"));
  const path = join(dir, "docker.sock");
  const server = createServer((request, response) => {
    if (request.url === "/_ping") response.writeHead(200, { "api-version": "1.41" }).end("OK");
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    await rm(dir, { recursive: true, force: true });
  });
  return path;
}

export interface PlayedNetworks {
  /** What it says to whoever wants to make a network; absent = it makes it. */
  readonly refusal?: { readonly status: number; readonly message: string };
  readonly subnet?: string;
  /** The part of it that containers get addresses from. */
  readonly range?: string;
  /** Containers with an address there. */
  readonly inUse?: number;
  readonly systemTime?: string;
  /** The shared network is there already. */
  readonly made?: boolean;
}

/** An engine that does all that is asked of it before a start: it has networks, and no container. @returns path and requests */
export async function engineWithNetworks(
  played: PlayedNetworks,
): Promise<{ readonly path: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  let made = played.made === true;
  const ipam = { Subnet: played.subnet ?? "10.0.0.0/16", Gateway: "10.0.0.1", IPRange: played.range };
  const network = {
    Id: "n1",
    Name: "regatta",
    Created: "2025-01-01T00:00:00Z",
    Labels: { "regatta.network": "1" },
    IPAM: { Driver: "default", Config: [ipam] },
    Containers: Object.fromEntries(
      Array.from({ length: played.inUse ?? 0 }, (_, index) => [`c${index}`, { IPv4Address: `10.0.0.${index + 2}/16` }]),
    ),
  };
  const info = {
    ServerVersion: "27.0",
    Architecture: "x86_64",
    OSType: "linux",
    KernelVersion: "6.1.0",
    OperatingSystem: "Played",
    SystemTime: played.systemTime ?? new Date().toISOString(),
    MemoryLimit: true,
    CpuCfsQuota: true,
    PidsLimit: true,
  };
  const path = await playedEngine((request, response) => {
    const [target = ""] = (request.url ?? "").replace(/^\/v[\d.]+/, "").split("?");
    asked.push(`${request.method} ${target}`);
    const say = (status: number, body: object): void => {
      request.resume();
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (target === "/info") return say(200, info);
    if (target === "/networks") return say(200, made ? [network] : []);
    if (target === "/networks/n1") return say(200, network);
    if (target === "/networks/create") {
      if (played.refusal !== undefined) return say(played.refusal.status, { message: played.refusal.message });
      made = true;
      return say(201, { Id: network.Id });
    }
    if (target === "/containers/json") return say(200, []);
    return say(404, { message: `the played engine has no ${target}` });
  });
  return { path, asked };
}
