/** What of the Docker environment needs no engine: addresses, streams, archives, and an engine played by a server of the test. */
import fc from "fast-check";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { tarReader } from "../../src/host/archive/tar-reader.ts";
import { TAR_END, tarHeader, tarPadding } from "../../src/environments/archive/tar-writer.ts";
import { guardProblem } from "../../src/environments/docker/egress-guard.ts";
import { egressRules, printedAddresses } from "../../src/environments/docker/egress-rules.ts";
import { engineAddress } from "../../src/environments/docker/engine-address.ts";
import { type EngineClient, engineClient } from "../../src/environments/docker/engine-client.ts";
import { outputFrames } from "../../src/environments/docker/output-frames.ts";
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { pullImage } from "../../src/environments/docker/pull-image.ts";
import { engineWithNetworks, playedEngine } from "../support/played-engine.ts";

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "regatta-docker-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

describe("the engine's address", () => {
  test.each([
    ["unix:///run/d.sock", { kind: "socket", path: "/run/d.sock" }],
    ["tcp://host", { kind: "tcp", host: "host", port: 2375, tls: null }],
    ["tcp://[::1]:99", { kind: "tcp", host: "[::1]", port: 99 }],
    ["https://host", { kind: "tcp", host: "host", port: 2376 }],
    [
      "ssh://me@host",
      { problem: expect.stringMatching(/engines over ssh are not supported; forward the socket/) as string },
    ],
    ["npipe:////./pipe/docker", { problem: expect.stringMatching(/WSL/) as string }],
    ["nonsense", { problem: 'DOCKER_HOST is "nonsense", expected unix:///path, tcp://host:port or https://host:port' }],
  ])("DOCKER_HOST=%s", (host, expected) => {
    expect(engineAddress({ DOCKER_HOST: host })).toMatchObject(expected);
  });

  test("a context by name, the current one of config.json, and one that is not there", async () => {
    const dir = await scratch();
    const id = createHash("sha256").update("lab").digest("hex");
    await mkdir(join(dir, "contexts/meta", id), { recursive: true });
    await mkdir(join(dir, "contexts/tls", id, "docker"), { recursive: true });
    await writeFile(join(dir, "contexts/tls", id, "docker/ca.pem"), "CA");
    const meta = { Name: "lab", Endpoints: { docker: { Host: "tcp://lab:2376", SkipTLSVerify: false } } };
    await writeFile(join(dir, "contexts/meta", id, "meta.json"), JSON.stringify(meta));
    const expected = { kind: "tcp", host: "lab", port: 2376, tls: { ca: Buffer.from("CA"), verify: true } };
    expect(engineAddress({ DOCKER_CONFIG: dir, DOCKER_CONTEXT: "lab" })).toMatchObject(expected);
    await writeFile(join(dir, "config.json"), JSON.stringify({ currentContext: "lab" }));
    expect(engineAddress({ DOCKER_CONFIG: dir })).toMatchObject(expected);
    expect(engineAddress({ DOCKER_CONFIG: dir, DOCKER_CONTEXT: "other" })).toMatchObject({
      problem: expect.stringMatching(/context "other" is chosen, but not described/) as string,
    });
  });

  test("an engine that does not answer is a problem of the environment, said once and plainly", async () => {
    const provider = createDockerProvider({ DOCKER_HOST: "unix:///nonexistent/docker.sock" });
    expect(await provider.abilities()).toMatchObject({
      available: false,
      problems: [
        "the Docker engine at /nonexistent/docker.sock cannot be reached: it does not run (start it, or set DOCKER_HOST)",
      ],
    });
    // What it has is then not known, which is not nothing.
    await expect(provider.list()).rejects.toThrow(/cannot be reached/);
  });
});

test("output comes apart into its streams wherever the connection cuts it", () => {
  const frame = fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 9 })), (frames, cuts) => {
      const bytes = Buffer.concat(
        frames.flatMap(([stream, data]) => {
          const header = Buffer.alloc(8);
          header[0] = stream;
          header.writeUInt32BE(data.length, 4);
          return [header, Buffer.from(data)];
        }),
      );
      const read = outputFrames();
      const seen = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = cuts.length === 0 ? bytes.length : (cuts[turn % cuts.length] as number);
        for (const { stream, data } of read(bytes.subarray(at, at + size))) seen[stream].push(data);
        at += size;
      }
      const wanted = (stream: number): Buffer =>
        Buffer.concat(frames.filter(([of]) => of === stream).map(([, data]) => Buffer.from(data)));
      expect(Buffer.concat(seen.stdout).equals(wanted(1))).toBe(true);
      expect(Buffer.concat(seen.stderr).equals(wanted(2))).toBe(true);
    }),
  );
});

test("an archive that is written is read back, names of any bytes and length included", () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 300 })
    .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x78 : byte))));
  const entry = fc.record({
    name,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.integer({ min: 0, max: 2 ** 31 }),
    content: fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)),
    target: fc.option(name),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 1, max: 700 }), (entries, step) => {
      const archive = Buffer.concat([
        ...entries.flatMap(({ name: each, mode, uid, content, target }) =>
          target === null
            ? [
                tarHeader({ name: each, kind: "file", mode, uid, gid: 0, size: content.length }),
                content,
                tarPadding(content.length),
              ]
            : [tarHeader({ name: each, kind: "link", mode, uid, gid: 0, target })],
        ),
        TAR_END,
      ]);
      const found: { name: Buffer; kind: string; target: Buffer; content: Buffer[] }[] = [];
      const read = tarReader({
        entry: (header) => void found.push({ ...header, content: [] }),
        data: (chunk) => void found.at(-1)?.content.push(Buffer.from(chunk)),
        entryEnd: () => undefined,
      });
      for (let at = 0; at < archive.length; at += step) read(archive.subarray(at, at + step));
      expect(found.map((each) => [each.name, each.kind, each.target, Buffer.concat(each.content)])).toEqual(
        entries.map(({ name: each, content, target }) =>
          target === null ? [each, "file", Buffer.alloc(0), content] : [each, "link", target, Buffer.alloc(0)],
        ),
      );
    }),
  );
});

async function clientOf(answer: Parameters<typeof playedEngine>[0]): Promise<EngineClient> {
  return engineClient({ kind: "socket", path: await playedEngine(answer), from: "the test" });
}

test("an engine that takes connections and never answers is away, and says where", async () => {
  const dir = await mkdtemp(join(tmpdir(), "regatta-hangs-"));
  const path = join(dir, "engine.sock");
  const server = createServer(() => undefined).listen(path);
  await once(server, "listening");
  const client = engineClient({ kind: "socket", path, from: "the test" }, 50);
  await expect(client.json({ method: "GET", path: "/info" })).rejects.toThrow(`${path} has not answered for 0.05 s`);
  server.close();
  await rm(dir, { recursive: true });
});

describe("pulling", () => {
  test("waits for a registry that limits its rate, and says so", async () => {
    const asked: string[] = [];
    const client = await clientOf((request, response) => {
      asked.push(request.url ?? "");
      const limited = asked.length < 3;
      const error = "toomanyrequests: You have reached your pull rate limit.";
      response.writeHead(200).end(`${JSON.stringify(limited ? { error } : { status: "Pull complete" })}\n`);
    });
    const said: string[] = [];
    const signal = new AbortController().signal;
    await pullImage(client, { image: "org/name:1.2", signal, log: (line) => said.push(line), patienceSec: [0, 0, 0] });
    expect(asked).toEqual(Array(3).fill("/v1.41/images/create?fromImage=org%2Fname&tag=1.2"));
    expect(said.filter((line) => line.startsWith("docker.io limits its rate, trying again in 0 s"))).toHaveLength(2);
  });

  test("gives up with the registry's own words, at once where waiting does not help", async () => {
    const error = "manifest for org/name:1 not found";
    const client = await clientOf((_request, response) =>
      response.writeHead(404).end(JSON.stringify({ message: error })),
    );
    const pulling = pullImage(client, {
      image: "org/name:1",
      signal: new AbortController().signal,
      log: () => undefined,
    });
    await expect(pulling).rejects.toThrow(`the image org/name:1 cannot be pulled: ${error}`);
  });

  test("can be stopped while it waits", async () => {
    const client = await clientOf((_request, response) =>
      response.writeHead(429).end('{"message":"too many requests"}'),
    );
    const stop = new AbortController();
    const pulling = pullImage(client, {
      image: "x",
      signal: stop.signal,
      log: (line) => {
        if (line.includes("limits")) stop.abort(new Error("told to stop"));
      },
      patienceSec: [1000],
    });
    await expect(pulling).rejects.toThrow(/abort|told to stop/);
  });
});

test("an engine's own refusal is told in its words, an answer that is no JSON as it is", async () => {
  const client = await clientOf((request, response) => {
    if (request.url?.endsWith("/a") === true) response.writeHead(500).end('{"message":"no space left on device"}');
    else response.writeHead(502).end("Bad gateway");
  });
  await expect(client.json({ method: "GET", path: "/a" })).rejects.toMatchObject({
    status: 500,
    message: "no space left on device",
  });
  await expect(client.json({ method: "GET", path: "/b" })).rejects.toMatchObject({
    status: 502,
    message: "Bad gateway",
  });
});

describe("capacity", () => {
  test.each([
    [{ subnet: "10.0.0.0/29" }, 5],
    [{ subnet: "10.0.0.0/29", inUse: 2 }, 3],
    [{ subnet: "10.0.0.0/29", inUse: 7 }, 0],
    [{ subnet: "10.0.0.0/16", range: "10.0.128.0/28", inUse: 1 }, 15],
  ])("%j has %i addresses", async (played, free) => {
    const engine = await engineWithNetworks({ ...played, made: true });
    const provider = createDockerProvider({ DOCKER_HOST: `unix://${engine.path}` });
    expect((await provider.capacity({ network: true })).addresses).toEqual({
      kind: "addresses",
      network: "regatta",
      subnet: played.subnet,
      free,
    });
  });

  test("a network that nobody needs is not made, and one of IPv6 alone has no number", async () => {
    const none = await engineWithNetworks({});
    const provider = createDockerProvider({ DOCKER_HOST: `unix://${none.path}` });
    expect((await provider.capacity({ network: false })).addresses).toBeNull();
    expect(none.asked.filter((each) => each.startsWith("POST"))).toEqual([]);
    const six = await engineWithNetworks({ made: true, subnet: "fd00::/64" });
    const other = createDockerProvider({ DOCKER_HOST: `unix://${six.path}` });
    expect((await other.capacity({ network: true })).addresses).toBeNull();
  });
});

describe("a closed network", () => {
  const rules = egressRules({
    hostAddresses: ["127.0.0.1", "::1", "fe80::1", "192.0.2.2", "2001:db8::7"],
    machineAround: false,
    open: [{ address: "192.0.2.2", port: 8099 }],
  });

  test("lets names be resolved and one port through before it closes an address", () => {
    expect(rules.slice(0, 5)).toEqual([
      "+4:00000000/0:17:53",
      "+4:00000000/0:6:53",
      "+6:00000000000000000000000000000000/0:17:53",
      "+6:00000000000000000000000000000000/0:6:53",
      "+4:c0000202/32:6:8099",
    ]);
    expect(rules.slice(5).every((rule) => rule.startsWith("-"))).toBe(true);
    expect(rules).toContain("-4:c0000202/32");
    expect(rules).toContain("-4:a9fe0000/16");
    expect(rules).toContain("-6:fd000ec2000000000000000000000254/128");
    expect(rules).toContain("-6:20010db8000000000000000000000007/128");
    expect(rules.join()).not.toMatch(/7f000001|fe800000000000000000000000000001/);
  });

  test("knows what a virtual machine calls the machine around it", () => {
    expect(egressRules({ hostAddresses: [], machineAround: true, open: [] })).toContain("-4:c0a84100/24");
  });

  test("comes back from what the guard prints, whatever the address", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, (address) => {
        const hex = Buffer.from(address).toString("hex");
        const family = address.length === 4 ? 4 : 6;
        const [read = ""] = printedAddresses(`noise\n${family} ${hex}\n`);
        const made = egressRules({ hostAddresses: [], machineAround: false, open: [{ address: read, port: 1 }] });
        expect(made[4]).toBe(`+${family}:${hex}/${family === 4 ? 32 : 128}:6:1`);
      }),
    );
  });

  test("cannot be had on an old kernel or an unknown processor", () => {
    expect(guardProblem({ kernel: "3.10.0-1160.el7", architecture: "amd64" })).toMatch(/older than 4\.17/);
    expect(guardProblem({ kernel: "6.1.0", architecture: "riscv64" })).toMatch(/riscv64/);
    expect(guardProblem({ kernel: "6.1.0", architecture: "arm64" })).toBeNull();
  });
});
