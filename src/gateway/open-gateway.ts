/** The gateway of one run: passes for trials, listeners they reach, one budget and one pace for each account. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { chmod } from "node:fs/promises";
import type { BudgetSettings } from "../contract/experiment.ts";
import type { ModelCall, ModelProvider } from "../contract/model-call.ts";
import type { Redactor } from "../host/redact.ts";
import { type AccountGuard, createAccountGuard } from "./account-guard.ts";
import { PACE, type PaceSettings } from "./account-pace.ts";
import { type Budget, createBudget, limitsCost, type Spender, type Spent } from "./budget.ts";
import { createBudgetGate } from "./budget-gate.ts";
import type { GatewayClock } from "./clock.ts";
import { boundConnections } from "./connection-bound.ts";
import { presentedToken } from "./headers.ts";
import { createOutputHistory, type PriceOf } from "./pricing.ts";
import { refusal } from "./provider-errors.ts";
import { createBodyReader } from "./request-body.ts";
import { providerByPath, routeOf, upstreamBase } from "./routes.ts";
import { type CallParts, sendWhole, serveCall } from "./serve-call.ts";
import { openPass, type PassRequest, type TrialPass } from "./trial-pass.ts";
import { openConnections } from "./upstream.ts";

export interface GatewayOptions {
  readonly limits: BudgetSettings;
  readonly priceOf: PriceOf;
  /** Keep what was asked and answered, too. */
  readonly record: boolean;
  readonly redactor: Redactor;
  readonly clock: GatewayClock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Of agents, for an answer to begin. Milliseconds. */
  readonly patienceMs?: number;
  readonly pace?: Partial<PaceSettings>;
  readonly events: GatewayEvents;
}

export interface GatewayEvents {
  onCall(call: ModelCall, of: Spender): void;
  onBudgetSpent(spent: Spent): void;
  /** Once for each key. @param name of the variable that it came from */
  onDeadKey(name: string): void;
  /** One line about a request that was not let in. */
  onRefused(line: string): void;
  /** Something could not be written; nothing is stopped by it. */
  onError(message: string): void;
}

export interface Gateway {
  /** @returns where it listens, `port` 0 in `where` being any that is free */
  listen(where: ListenAt): Promise<Listening>;
  admit(request: PassRequest): Promise<TrialPass>;
  readonly budget: Pick<Budget, "decide" | "add">;
  /** Ends every call and closes every listener. */
  close(): Promise<void>;
}

export type ListenAt = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Listening {
  /** 0 for a socket of the file system. */
  readonly port: number;
  close(): Promise<void>;
}

/** Agents wait for some five minutes. */
const PATIENCE_MS = 240_000;

export function openGateway(options: GatewayOptions): Gateway {
  const { clock, events, limits, priceOf, random } = options;
  const passes = new Map<string, TrialPass>();
  const guards = new Map<string, AccountGuard>();
  const servers = new Set<Server>();
  const budget = createBudget(limits);
  const connections = openConnections();
  const dead = new Set<string>();
  const parts: CallParts = {
    connections,
    readBody: createBodyReader(),
    gate: createBudgetGate(budget, (spent) => events.onBudgetSpent(spent)),
    priceOf,
    pricesNeeded: limitsCost(limits),
    history: createOutputHistory(),
    clock,
    random,
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    onDeadKey(name) {
      if (dead.has(name)) return;
      dead.add(name);
      events.onDeadKey(name);
    },
  };

  function guardOf({ account, baseUrl, provider }: PassRequest): AccountGuard {
    const id = `${provider} ${baseUrl ?? ""} ${account.key}`;
    let guard = guards.get(id);
    if (guard === undefined) {
      guard = createAccountGuard(clock, random, { ...PACE, ...options.pace });
      guards.set(id, guard);
    }
    return guard;
  }

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const { method = "", url = "" } = request;
    const route = routeOf(method, url);
    // Clients ask it before they have anything to say; it tells nothing.
    if (route?.endpoint === "probe") return sendWhole(request, response, 200, "", {});
    const token = presentedToken(request.headers);
    const pass = token === null ? undefined : passes.get(token);
    if (pass === undefined) {
      const why = token === null ? "no token" : "a token that is not valid, or not any more";
      return deny(
        request,
        response,
        providerByPath(url),
        "token",
        why,
        "Regatta's gateway: this token is not valid (any more).",
      );
    }
    if (route === null || !route.providers.includes(pass.provider)) {
      const what = `${method} ${printable(url.split("?")[0] ?? "")}`;
      const why = `trial ${pass.spender.trial}: no model endpoint of ${pass.provider}`;
      return deny(
        request,
        response,
        pass.provider,
        "endpoint",
        why,
        `Regatta's gateway: ${what} is not a model endpoint.`,
      );
    }
    void serveCall(request, response, pass, route, parts);
  }

  function deny(
    request: IncomingMessage,
    response: ServerResponse,
    provider: ModelProvider,
    kind: "token" | "endpoint",
    why: string,
    message: string,
  ): void {
    const path = printable((request.url ?? "").split("?")[0] ?? "");
    events.onRefused(`${clock.iso()} ${request.socket.remoteAddress ?? "socket"} ${request.method} ${path}: ${why}`);
    const { status, body, headers } = refusal(provider, kind, message);
    sendWhole(request, response, status, body, { "content-type": "application/json", ...headers });
  }

  return {
    budget,
    async admit(request) {
      const { redactor } = options;
      const pass: TrialPass = await openPass(request, {
        base: upstreamBase(request.provider, request.baseUrl),
        guard: guardOf(request),
        record: options.record,
        redact: (text) => redactor.redactText(text),
        redactStream: () => redactor.redactStream(),
        onCall: (call) => events.onCall(call, request.spender),
        onClose: () => passes.delete(pass.token),
        onError: (message) => events.onError(message),
      });
      passes.set(pass.token, pass);
      return pass;
    },
    async listen(where) {
      const server = createServer(
        {
          headersTimeout: 15_000,
          requestTimeout: 300_000,
          keepAliveTimeout: 60_000,
          connectionsCheckingInterval: 5000,
        },
        serve,
      );
      boundConnections(server);
      server.on("upgrade", (request, socket) => {
        // Clients fall back to plain requests at this.
        socket.on("error", () => socket.destroy());
        socket.end("HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        request.resume();
      });
      server.on("connect", (_request, socket) => {
        socket.on("error", () => socket.destroy());
        socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
      });
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(where, () => {
          server.off("error", reject);
          resolve();
        });
      });
      server.on("error", (error) => events.onError(`the gateway's listener: ${error.message}`));
      // Whoever gets to see it may connect; who may see it is decided by its folder.
      if ("path" in where) await chmod(where.path, 0o666);
      servers.add(server);
      return {
        port: "path" in where ? 0 : (server.address() as AddressInfo).port,
        close: () => closed(server),
      };
    },
    async close() {
      await Promise.all([...passes.values()].map((pass) => pass.close()));
      passes.clear();
      await Promise.all([...servers].map(closed));
      connections.close();
    },
  };

  async function closed(server: Server): Promise<void> {
    if (!servers.delete(server)) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** A client chooses its path; a log is for people. */
function printable(path: string): string {
  return path.replace(/[^\x21-\x7e]/g, "?").slice(0, 200);
}
