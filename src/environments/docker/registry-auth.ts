/**
 * Credentials for pulling, from where Docker's own command line tool keeps them: config.json, or the helper it names.
 * They go to the engine in a header and nowhere else. https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
import { spawn } from "node:child_process";
import { isRecord } from "../../base/is-record.ts";
import { dockerConfig } from "./engine-address.ts";

const DOCKER_HUB = "https://index.docker.io/v1/";
const HELPER_SEC = 20;

/** The registry of an image's name: `docker.io` unless its first part looks like a host. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

/** Value of X-Registry-Auth; null when nothing is known about the registry. */
export async function registryAuth(image: string, env: NodeJS.ProcessEnv): Promise<string | null> {
  const registry = registryOf(image);
  const server = registry === "docker.io" ? DOCKER_HUB : registry;
  const config = dockerConfig(env);
  const helpers = isRecord(config["credHelpers"]) ? config["credHelpers"] : {};
  const helper = helpers[server] ?? helpers[registry] ?? config["credsStore"];
  const found =
    typeof helper === "string" && helper !== "" ? await askHelper(helper, server) : stored(config["auths"], server);
  if (found === null) return null;
  return Buffer.from(JSON.stringify({ ...found, serveraddress: server })).toString("base64url");
}

function stored(auths: unknown, server: string): Readonly<Record<string, string>> | null {
  const entry = isRecord(auths) ? (auths[server] ?? auths[`https://${server}`]) : null;
  if (!isRecord(entry)) return null;
  if (typeof entry["identitytoken"] === "string") return { identitytoken: entry["identitytoken"] };
  if (typeof entry["auth"] !== "string") return null;
  const text = Buffer.from(entry["auth"], "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** A helper that fails or knows nothing is like no helper: a public image needs none, a private one is refused by name. */
function askHelper(helper: string, server: string): Promise<Readonly<Record<string, string>> | null> {
  return new Promise((resolve) => {
    const child = spawn(`docker-credential-${helper}`, ["get"], {
      stdio: ["pipe", "pipe", "ignore"],
      timeout: HELPER_SEC * 1000,
    });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.once("error", () => resolve(null));
    child.once("close", (code) => resolve(code === 0 ? answerOf(said) : null));
    child.stdin.on("error", () => {
      // It did not want the question; its exit code says the rest.
    });
    child.stdin.end(server);
  });
}

function answerOf(text: string): Readonly<Record<string, string>> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (!isRecord(value) || typeof value["Username"] !== "string" || typeof value["Secret"] !== "string") return null;
  // A token in place of a password has this name.
  if (value["Username"] === "<token>") return { identitytoken: value["Secret"] };
  return { username: value["Username"], password: value["Secret"] };
}
