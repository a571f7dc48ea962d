/**
 * Where packages are fetched from, and with whose rights, as npm has it: variables, then the user's .npmrc, then the public
 * registry. Format: https://docs.npmjs.com/cli/configuring-npm/npmrc
 */
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { isErrno } from "../../host/files.ts";

export interface NpmSettings {
  /** Ends with "/". */
  registryOf(packageName: string): string;
  /** Of a request to that address; a secret. */
  authorizationFor(url: string): string | null;
  /** As https_proxy and the like: npm has settings of its own for them. */
  readonly env: NodeJS.ProcessEnv;
}

const PUBLIC_REGISTRY = "https://registry.npmjs.org/";

export async function npmSettings(env: NodeJS.ProcessEnv = process.env): Promise<NpmSettings> {
  const file = named(env, "userconfig") ?? join(env["HOME"] ?? homedir(), ".npmrc");
  const settings = parseNpmrc(await textOf(file), env);
  const setting = (name: string): string | undefined => named(env, name) ?? settings.get(name);
  const registry = setting("registry") ?? PUBLIC_REGISTRY;
  return {
    registryOf(packageName) {
      const scope = /^(@[^/]+)\//.exec(packageName)?.[1];
      const own = scope === undefined ? undefined : settings.get(`${scope}:registry`);
      return (own ?? registry).replace(/\/*$/, "/");
    },
    authorizationFor: (url) => authorizationOf(settings, url),
    env: {
      ...env,
      ...given("HTTPS_PROXY", env, setting("https-proxy")),
      ...given("HTTP_PROXY", env, setting("proxy")),
      ...given("NO_PROXY", env, setting("noproxy")),
    },
  };
}

/** npm takes its variables in any case. */
function named(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const key = `npm_config_${name.replaceAll("-", "_")}`;
  const found = Object.keys(env).find((each) => each.toLowerCase() === key);
  const value = found === undefined ? undefined : env[found];
  return value === "" ? undefined : value;
}

function given(name: string, env: NodeJS.ProcessEnv, value: string | undefined): Readonly<Record<string, string>> {
  const known = env[name] ?? env[name.toLowerCase()];
  return known !== undefined || value === undefined || value === "null" ? {} : { [name]: value };
}

/** Lines of `key = value`; `${NAME}` is a variable's value. */
function parseNpmrc(text: string, env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const equals = line.indexOf("=");
    if (equals < 0 || /^\s*[;#[]/.test(line)) continue;
    const value = line
      .slice(equals + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/, "$2")
      .replaceAll(/\$\{([^}]+)\}/g, (whole, name: string) => env[name] ?? whole);
    settings.set(line.slice(0, equals).trim(), value);
  }
  return settings;
}

/** Credentials are kept per place: `//host/path/:_authToken`; the longest place that covers the address counts. */
function authorizationOf(settings: ReadonlyMap<string, string>, url: string): string | null {
  const { host, pathname } = new URL(url);
  const parts = pathname.split("/").filter((part) => part !== "");
  for (let length = parts.length; length >= 0; length -= 1) {
    const place = `//${[host, ...parts.slice(0, length)].join("/")}/`;
    const token = settings.get(`${place}:_authToken`);
    if (token !== undefined) return `Bearer ${token}`;
    const basic = settings.get(`${place}:_auth`);
    if (basic !== undefined) return `Basic ${basic}`;
    const user = settings.get(`${place}:username`);
    const password = settings.get(`${place}:_password`);
    if (user !== undefined && password !== undefined) {
      const plain = `${user}:${Buffer.from(password, "base64").toString()}`;
      return `Basic ${Buffer.from(plain).toString("base64")}`;
    }
  }
  return null;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "EACCES", "EISDIR")) return "";
    throw error;
  }
}
