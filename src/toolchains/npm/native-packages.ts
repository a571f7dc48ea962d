/** Programs that npm carries ready to run, one package per platform: no Node, no npm and no install script is needed for them. */
import type { Platform, ToolchainRequest } from "../../contract/toolchain.ts";
import { UserError } from "../../contract/failure.ts";
import { PINNED } from "../pinned.ts";
import { planned, type PlannedToolchain } from "../planned.ts";
import { makeNode } from "./node-runtime.ts";
import { unpackPackage } from "./package-archive.ts";
import type { NpmRegistry, RegistryPackage } from "./registry.ts";

type Native = Extract<ToolchainRequest, { readonly kind: "claude-code" | "codex" }>;

export async function planNative(request: Native, registry: NpmRegistry): Promise<PlannedToolchain> {
  const wanted = request.version ?? PINNED[request.kind];
  return request.kind === "claude-code" ? claudeCode(request, wanted, registry) : codex(request, wanted, registry);
}

async function claudeCode(platform: Platform, wanted: string, registry: NpmRegistry): Promise<PlannedToolchain> {
  const suffix = platform.libc === "musl" ? "-musl" : "";
  const name = `@anthropic-ai/claude-code-linux-${platform.arch}${suffix}`;
  const pack = await registry.resolve(name, wanted);
  const { arch, libc } = platform;
  return ofPackage("claude-code", pack.version, { arch, libc }, pack, [""], registry);
}

/** Its platforms are versions of one package; the programs are linked statically and do not care which libc there is. */
async function codex(platform: Platform, wanted: string, registry: NpmRegistry): Promise<PlannedToolchain> {
  const name = "@openai/codex";
  const { version } = await registry.resolve(name, wanted, (each) => !/-(?:linux|darwin|win32)-/.test(each));
  const pack = await registry.resolve(name, `${version}-linux-${platform.arch}`);
  const target = `vendor/${platform.arch === "x64" ? "x86_64" : "aarch64"}-unknown-linux-musl`;
  return ofPackage(
    "codex",
    version,
    { arch: platform.arch },
    pack,
    [`${target}/bin`, `${target}/codex-path`],
    registry,
  );
}

function ofPackage(
  name: string,
  version: string,
  platform: Partial<Platform>,
  pack: RegistryPackage,
  binDirs: readonly string[],
  registry: NpmRegistry,
): PlannedToolchain {
  return planned({
    name,
    version,
    inputs: { kind: name, package: pack.name, version: pack.version, integrity: pack.integrity, ...platform },
    async make({ dir, scratch, log, signal }) {
      await unpackPackage({ pack, to: dir, scratch, settings: registry.settings, log, signal });
      return { binDirs };
    },
  });
}

/** Node with npm, which its own package lacks. */
export async function planNode(
  { arch, libc }: Platform,
  version: string | null,
  registry: NpmRegistry,
): Promise<PlannedToolchain> {
  if (libc === "musl")
    throw new UserError("there is no Node for musl on npm", [
      "use an image with glibc, or one that brings Node and the server itself: [mcp.<server>] without a source",
    ]);
  const node = await registry.resolve(`node-linux-${arch}`, version ?? PINNED.node);
  const npm = await registry.resolve("npm", PINNED.npm);
  return planned({
    name: "node",
    version: node.version,
    inputs: {
      kind: "node",
      package: node.name,
      version: node.version,
      integrity: node.integrity,
      npm: { version: npm.version, integrity: npm.integrity },
      arch,
      libc,
    },
    make: (settings) => makeNode(node, npm, registry, settings),
  });
}
