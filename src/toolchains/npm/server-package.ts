/**
 * A package from npm with all it depends on, and its commands run by a Node of ours.
 *
 * Known when planned: the package, by its hash. What it depends on is what the registry has when it is built, and is kept
 * with it (`package-lock.json`); the digest of the content tells whether two machines have the same.
 * No install script is run, neither its own nor one of its dependencies: those that have some are named.
 */
import { copyFile, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../base/is-record.ts";
import { UserError } from "../../contract/failure.ts";
import type { Platform } from "../../contract/toolchain.ts";
import { readJsonTolerant } from "../../host/files.ts";
import { type Made, type MakeSettings, planned, type PlannedToolchain } from "../planned.ts";
import { programEnv, runProgram } from "../run-program.ts";
import { runsHere } from "../this-host.ts";
import { planNode } from "./native-packages.ts";
import { NODE_BIN, NPM_CLI } from "./node-runtime.ts";
import { packageCommands, writeCommands } from "./package-commands.ts";
import type { NpmRegistry, RegistryPackage } from "./registry.ts";

/** https://docs.npmjs.com/cli/configuring-npm/package-json#name */
const SPEC = /^((?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*)(?:@([^@/:]*))?$/i;

/** Of npm's own variables only those that say where packages come from: under `npm run` there are many more. */
const NPM_VARIABLES =
  /^npm_config_(?:registry|userconfig|globalconfig|https_proxy|proxy|noproxy|cafile|ca|strict_ssl|cache|fetch_.*|_.*|\/\/.*|@.*)$/i;

export async function planServerPackage(
  { spec, arch, libc }: Platform & { readonly spec: string },
  registry: NpmRegistry,
): Promise<PlannedToolchain> {
  const [, name, wanted = ""] = SPEC.exec(spec.trim()) ?? [];
  if (name === undefined)
    throw new UserError(`npm = "${spec}" is no package of a registry`, [
      'expected "name@1.2.3" or "@scope/name@1.2.3"; a directory goes into path, a git repository is not fetched by npm',
    ]);
  const pack = await registry.resolve(name, wanted === "" ? "latest" : wanted);
  const node = await planNode({ arch, libc }, null, registry);
  return planned({
    name,
    version: pack.version,
    inputs: { kind: "npm", package: name, version: pack.version, integrity: pack.integrity, arch, libc },
    needs: [node],
    notes: pack.version === wanted ? [] : [`npm = "${spec}" is ${name}@${pack.version} now: write that to pin it`],
    make: (settings) => makeServerPackage(pack, { arch, libc }, registry, settings),
  });
}

async function makeServerPackage(
  pack: RegistryPackage,
  platform: Platform,
  registry: NpmRegistry,
  settings: MakeSettings,
): Promise<Made> {
  const { dir, scratch, log, signal, needs } = settings;
  const [node] = needs;
  if (node === undefined) throw new Error("a package needs a Node");
  const project = join(scratch, "project");
  await mkdir(project);
  await writeFile(
    join(project, "package.json"),
    JSON.stringify({ private: true, dependencies: { [pack.name]: pack.version } }),
  );
  const runnable = runsHere(platform);
  // npm prefers versions that say they work with the Node it runs on: it runs on the one that will run them.
  const program = runnable ? join(node.hostDir, NODE_BIN, "node") : process.execPath;
  const env = programEnv(registry.settings.env, NPM_VARIABLES);
  const flags = "--ignore-scripts --omit=dev --no-audit --no-fund --no-update-notifier --install-strategy=hoisted";
  const target = ["--os=linux", `--cpu=${platform.arch}`, `--libc=${platform.libc}`];
  await runProgram({
    argv: [program, join(node.hostDir, NPM_CLI), "install", ...flags.split(" "), ...target, "--loglevel=error"],
    cwd: project,
    env: { ...env, npm_config_registry: registry.settings.registryOf("") },
    what: `npm install ${pack.name}@${pack.version}`,
    log,
    signal,
  });
  const locked = await readLock(join(project, "package-lock.json"));
  const found = locked.get(`node_modules/${pack.name}`)?.integrity ?? null;
  if (found === null || !pack.integrity.split(/\s+/).includes(found))
    throw new UserError(`npm installed another ${pack.name}@${pack.version} than was planned: it was refused`, [
      `expected ${pack.integrity}`,
      `found    ${found ?? "none"}`,
    ]);
  await rename(join(project, "node_modules"), join(dir, "node_modules"));
  await copyFile(join(project, "package-lock.json"), join(dir, "package-lock.json"));
  const commands = await packageCommands(dir, pack.name);
  await writeCommands({
    dir,
    mountPath: settings.mountPath,
    nodePath: `${node.mountPath}/${NODE_BIN}/node`,
    pack,
    commands,
  });
  const scripts = [...locked]
    .filter(([, { hasScript }]) => hasScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ""));
  return {
    binDirs: ["bin"],
    notes: [
      ...(scripts.length === 0 ? [] : [`install scripts were not run, of: ${[...new Set(scripts)].join(", ")}`]),
      ...(runnable ? [] : ["dependencies were chosen by this machine's own Node"]),
    ],
  };
}

async function readLock(
  file: string,
): Promise<ReadonlyMap<string, { readonly integrity: string | null; readonly hasScript: boolean }>> {
  const read = await readJsonTolerant(file);
  const packages = read.state === "ok" && isRecord(read.value) ? read.value["packages"] : null;
  if (!isRecord(packages)) throw new UserError("npm wrote no package-lock.json that could be read");
  return new Map(
    Object.entries(packages).map(([path, about]) => {
      const { integrity, hasInstallScript } = isRecord(about) ? about : {};
      return [
        path,
        { integrity: typeof integrity === "string" ? integrity : null, hasScript: hasInstallScript === true },
      ];
    }),
  );
}
