/** An npm registry on loopback, with packages that a test makes up. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { onTestFinished } from "vitest";
import { TAR_END, tarHeader, type TarMeta, tarPadding } from "../../src/environments/archive/tar-writer.ts";

export interface FakePackage {
  readonly name: string;
  readonly version: string;
  readonly archive: Buffer;
  /** What the metadata says instead of the truth. */
  readonly integrity?: string;
  readonly manifest?: Readonly<Record<string, unknown>>;
}

export interface FakeRegistry {
  readonly url: string;
  /** Paths asked for, in order. */
  readonly asked: string[];
  add(pack: FakePackage): void;
  /** From now on archives are held back, until the function that this returns is called. */
  hold(): { readonly asked: Promise<void>; release(): void };
  /** Answers everything with this status; null = as usual. */
  broken: number | null;
  close(): Promise<void>;
}

export async function fakeRegistry(): Promise<FakeRegistry> {
  const packages: FakePackage[] = [];
  const asked: string[] = [];
  let held: { readonly gate: Promise<void>; tell(): void } | null = null;
  const registry: FakeRegistry = {
    url: "",
    asked,
    broken: null,
    add: (pack) => void packages.push(pack),
    hold() {
      let open = (): void => undefined;
      let tell = (): void => undefined;
      const gate = new Promise<void>((resolve) => (open = resolve));
      const told = new Promise<void>((resolve) => (tell = resolve));
      held = { gate, tell };
      return { asked: told, release: open };
    },
    close: () => close(server),
  };
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url ?? "/").slice(1);
    asked.push(path);
    if (registry.broken !== null) {
      response.writeHead(registry.broken).end();
      return;
    }
    const archive = packages.find(({ name, version }) => path === archivePath(name, version));
    if (archive !== undefined) {
      held?.tell();
      await held?.gate;
      response.writeHead(200).end(archive.archive);
      return;
    }
    const versions = packages.filter(({ name }) => name === path);
    if (versions.length === 0) response.writeHead(404).end("{}");
    else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(about(versions)));
  }
  function about(versions: readonly FakePackage[]): object {
    const entries = versions.map(({ name, version, archive, integrity, manifest }) => [
      version,
      {
        name,
        version,
        ...manifest,
        dist: {
          integrity: integrity ?? integrityOf(archive),
          // Mirrors repeat the public registry's addresses.
          tarball: `https://registry.npmjs.org/${archivePath(name, version)}`,
        },
      },
    ]);
    return {
      name: versions[0]?.name,
      "dist-tags": { latest: versions.at(-1)?.version },
      versions: Object.fromEntries(entries) as object,
    };
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => close(server));
  return Object.assign(registry, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
}

export function integrityOf(archive: Buffer): string {
  return `sha512-${createHash("sha512").update(archive).digest("base64")}`;
}

/** Texts that start with `#!` are executable. */
export function packed(files: Readonly<Record<string, string>>, more: readonly Buffer[] = []): Buffer {
  const parts = Object.entries(files).map(([name, text]) =>
    entry({ name: Buffer.from(`package/${name}`), kind: "file", mode: text.startsWith("#!") ? 0o755 : 0o644 }, text),
  );
  return gzipSync(Buffer.concat([...parts, ...more, TAR_END]));
}

export function entry(meta: Omit<TarMeta, "uid" | "gid" | "size">, text = ""): Buffer {
  const content = Buffer.from(text);
  return Buffer.concat([
    tarHeader({ uid: 0, gid: 0, size: content.length, ...meta }),
    content,
    tarPadding(content.length),
  ]);
}

function archivePath(name: string, version: string): string {
  return `${name}/-/${name.split("/").at(-1) ?? name}-${version}.tgz`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
