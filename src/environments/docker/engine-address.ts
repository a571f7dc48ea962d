/**
 * Where the Docker engine listens, decided as its own command line tool decides: DOCKER_HOST, then DOCKER_CONTEXT, then the
 * current context of config.json, then the usual sockets of the engine, of a rootless engine and of Docker Desktop.
 * Contexts: https://docs.docker.com/engine/manage-resources/contexts/
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { isErrno } from "../../host/files.ts";

export interface TlsFiles {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly verify: boolean;
}

export type EngineAddress =
  | { readonly kind: "socket"; readonly path: string; readonly from: string }
  | {
      readonly kind: "tcp";
      readonly host: string;
      readonly port: number;
      readonly tls: TlsFiles | null;
      readonly from: string;
    };

/** Why there is no address, in words for a person. */
export interface NoAddress {
  readonly problem: string;
}

export function engineAddress(env: NodeJS.ProcessEnv): EngineAddress | NoAddress {
  const given = env["DOCKER_HOST"];
  if (given !== undefined && given !== "") {
    const verify = (env["DOCKER_TLS_VERIFY"] ?? "") !== "";
    const dir = env["DOCKER_CERT_PATH"] ?? (verify ? configDir(env) : null);
    return parseHost(given, "DOCKER_HOST", dir === null ? null : tlsFrom(dir, verify));
  }
  const named = env["DOCKER_CONTEXT"] ?? "";
  const context = named !== "" ? named : currentContext(env);
  if (context !== null && context !== "default") return contextAddress(env, context);
  return usualSocket(env);
}

function configDir(env: NodeJS.ProcessEnv): string {
  const configured = env["DOCKER_CONFIG"];
  return configured !== undefined && configured !== "" ? configured : join(homedir(), ".docker");
}

/** config.json of Docker's command line tool; empty when there is none or it cannot be read as an object. */
export function dockerConfig(env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const value = readJson(join(configDir(env), "config.json"));
  return isRecord(value) ? value : {};
}

function currentContext(env: NodeJS.ProcessEnv): string | null {
  const { currentContext: name } = dockerConfig(env);
  return typeof name === "string" && name !== "" ? name : null;
}

function contextAddress(env: NodeJS.ProcessEnv, name: string): EngineAddress | NoAddress {
  const id = createHash("sha256").update(name).digest("hex");
  const contexts = join(configDir(env), "contexts");
  const meta = readJson(join(contexts, "meta", id, "meta.json"));
  const endpoints = isRecord(meta) ? meta["Endpoints"] : null;
  const endpoint = isRecord(endpoints) ? endpoints["docker"] : null;
  const host = isRecord(endpoint) ? endpoint["Host"] : null;
  if (typeof host !== "string" || host === "")
    return { problem: `the Docker context "${name}" is chosen, but not described in ${contexts}: docker context ls` };
  const skip = isRecord(endpoint) && endpoint["SkipTLSVerify"] === true;
  const tlsDir = join(contexts, "tls", id, "docker");
  return parseHost(host, `the Docker context "${name}"`, existsSync(tlsDir) ? tlsFrom(tlsDir, !skip) : null);
}

function usualSocket(env: NodeJS.ProcessEnv): EngineAddress | NoAddress {
  const runtime = env["XDG_RUNTIME_DIR"];
  const places = [
    "/var/run/docker.sock",
    ...(runtime === undefined || runtime === "" ? [] : [join(runtime, "docker.sock")]),
    join(homedir(), ".docker/run/docker.sock"),
    join(homedir(), ".docker/desktop/docker.sock"),
  ];
  const path = places.find((place) => existsSync(place));
  if (path !== undefined) return { kind: "socket", path, from: "the usual place" };
  return {
    problem: `no Docker engine was found (looked for ${places.join(", ")}): install and start Docker, or set DOCKER_HOST`,
  };
}

function parseHost(host: string, from: string, tls: TlsFiles | null): EngineAddress | NoAddress {
  const [, scheme = "", rest = ""] = /^([a-z]+):\/\/(.*)$/i.exec(host) ?? [];
  if (scheme === "unix") return { kind: "socket", path: rest, from };
  if (scheme === "npipe") return { problem: `${from} names a Windows pipe (${host}): run Regatta in WSL 2` };
  if (scheme === "ssh") {
    return {
      problem: `${from} is ${host}: engines over ssh are not supported; forward the socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock …) and set DOCKER_HOST=unix:///tmp/docker.sock`,
    };
  }
  if (scheme === "tcp" || scheme === "http" || scheme === "https") {
    const parsed = URL.canParse(`http://${rest}`) ? new URL(`http://${rest}`) : null;
    if (parsed !== null && parsed.hostname !== "") {
      const secure = tls ?? (scheme === "https" ? { verify: true } : null);
      const port = parsed.port !== "" ? Number(parsed.port) : secure === null ? 2375 : 2376;
      return { kind: "tcp", host: parsed.hostname, port, tls: secure, from };
    }
  }
  return { problem: `${from} is "${host}", expected unix:///path, tcp://host:port or https://host:port` };
}

function tlsFrom(dir: string, verify: boolean): TlsFiles {
  const file = (name: string): Buffer | undefined => readOrNothing(join(dir, name));
  const [ca, cert, key] = [file("ca.pem"), file("cert.pem"), file("key.pem")];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    verify,
  };
}

function readJson(path: string): unknown {
  const text = readOrNothing(path)?.toString("utf8");
  if (text === undefined) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    // A broken file says as much as none: the address is then looked for where it usually is.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function readOrNothing(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR")) return undefined;
    throw error;
  }
}
