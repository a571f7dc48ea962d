/** Packages from an npm registry: versions, integrity, hostile archives, settings. */
import { execFileSync } from "node:child_process";
import { statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { proxyFor } from "../../src/host/http-get.ts";
import { npmSettings } from "../../src/toolchains/npm/npm-settings.ts";
import { compareVersions, highestIn, nearestVersions } from "../../src/toolchains/npm/version-range.ts";
import { storedToolchains } from "../../src/toolchains/stored-toolchains.ts";
import { createToolchains } from "../../src/toolchains/toolchains.ts";
import { addClaude, CLAUDE, claude, makeBed, refusal } from "./bed.ts";
import { entry, integrityOf, packed } from "./fake-registry.ts";

describe("versions", () => {
  test("tags and ranges become exact versions", async () => {
    const bed = await makeBed();
    addClaude(bed.registry, "2.0.9", "2.1.3", "2.1.12", "2.2.0-beta.1", "2.2.0");
    const version = async (wanted: string) => (await bed.toolchains.plan(claude(wanted))).version;
    expect(await version("latest")).toBe("2.2.0");
    expect(await version("^2.0.0")).toBe("2.2.0");
    expect(await version("~2.1")).toBe("2.1.12");
    expect(await version("2.1.3")).toBe("2.1.3");
  });

  test("an unknown version names the nearest", async () => {
    const bed = await makeBed();
    addClaude(bed.registry, "1.0.0", "2.1.195", "2.1.196", "2.1.198", "2.1.199", "3.0.0");
    expect(await refusal(bed.toolchains.plan(claude("2.1.197")))).toMatch(
      /has no version "2\.1\.197"\nthe nearest: 2\.1\.195(, 2\.1\.19[689]){3}, 3\.0\.0\ntags: latest \(3\.0\.0\)/,
    );
    expect(await refusal(bed.toolchains.plan({ ...claude("2.1.197"), arch: "arm64" }))).toContain(
      "has no package @anthropic-ai/claude-code-linux-arm64",
    );
  });

  test("without network what was resolved before is taken, and what is missing is named", async () => {
    const bed = await makeBed();
    addClaude(bed.registry, "2.1.0");
    await bed.toolchains.plan(claude("latest"));
    await bed.registry.close();
    const later = createToolchains({ store: bed.store, env: bed.env, say: bed.settings.log });
    expect((await later.plan(claude("latest"))).version).toBe("2.1.0");
    expect(bed.said.at(-1)).toMatch(
      /cannot be asked for .*@latest \(.*ECONNREFUSED.*\): taking 2\.1\.0, as the last time/,
    );
    expect(await refusal(later.plan(claude("2.1.1")))).toMatch(
      /@2\.1\.1 is not in the store, and the npm registry http:.* cannot be asked: .*ECONNREFUSED/,
    );
  });

  test("the codex of a platform is a version of one package", async () => {
    const bed = await makeBed();
    for (const version of ["0.1.0", "0.1.0-linux-x64", "0.1.0-darwin-arm64"])
      bed.registry.add({
        name: "@openai/codex",
        version,
        archive: packed({
          "vendor/x86_64-unknown-linux-musl/bin/codex": "#!/bin/sh\n",
          "vendor/x86_64-unknown-linux-musl/codex-path/rg": "#!/bin/sh\n",
        }),
      });
    const plan = await bed.toolchains.plan({ kind: "codex", version: "^0.1.0", arch: "x64", libc: "musl" });
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(built.version).toBe("0.1.0");
    expect(built.binDirs).toEqual(
      ["bin", "codex-path"].map((name) => `${built.mountPath}/vendor/x86_64-unknown-linux-musl/${name}`),
    );
    const lacking = bed.toolchains.plan({ kind: "codex", version: "0.1.0", arch: "arm64", libc: "glibc" });
    expect(await refusal(lacking)).toContain('no version "0.1.0-linux-arm64"');
  });

  test("order, ranges and neighbours", () => {
    const sorted = ["1.0.0-1", "1.0.0-a", "1.0.0-a.1", "1.0.0-b", "1.0.0", "1.2.0", "1.10.0", "2.0.0"];
    expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted);
    const versions = ["0.1.9", "0.2.0", "0.2.5", "0.3.0", "1.0.0", "1.4.2", "1.5.0-rc.1", "2.0.0"];
    const best = Object.fromEntries(
      ["^0.2.0", "~0.2", "^1", "1", "1.x", "1.4", "^1.4.3", "*", "^0.0.1", "^2.0.0-rc.1", "nope"].map((range) => [
        range,
        highestIn(range, versions),
      ]),
    );
    expect(best).toEqual({
      "^0.2.0": "0.2.5",
      "~0.2": "0.2.5",
      "^1": "1.4.2",
      "1": "1.4.2",
      "1.x": "1.4.2",
      "1.4": "1.4.2",
      "^1.4.3": null,
      "*": "2.0.0",
      "^0.0.1": null,
      "^2.0.0-rc.1": null,
      nope: null,
    });
    expect(nearestVersions("1.4.3", versions, 2)).toEqual(["1.4.2", "1.5.0-rc.1"]);
    expect(nearestVersions("garbage", versions, 2)).toEqual(["1.5.0-rc.1", "2.0.0"]);
    const number = fc.nat({ max: 12 });
    const version = fc.tuple(number, number, number).map((parts) => parts.join("."));
    fc.assert(
      fc.property(fc.array(version, { minLength: 1 }), version, (all, wanted) => {
        const caret = highestIn(`^${wanted}`, all);
        if (caret !== null) {
          expect(compareVersions(caret, wanted)).toBeGreaterThanOrEqual(0);
          expect(all).toContain(caret);
        }
        expect(highestIn("*", all)).toBe(all.toSorted(compareVersions).at(-1));
        expect(nearestVersions(wanted, all, 3).length).toBe(Math.min(3, all.length));
      }),
    );
  });
});

describe("archives", () => {
  test("one that is not what the registry says is refused", async () => {
    const bed = await makeBed();
    const archive = packed({ claude: "#!/bin/sh\n" });
    bed.registry.add({ name: CLAUDE, version: "1.0.0", archive, integrity: integrityOf(Buffer.from("other")) });
    const plan = await bed.toolchains.plan(claude("1.0.0"));
    expect(await refusal(bed.toolchains.build(plan, bed.settings))).toMatch(/is not what the registry says it is/);
    expect(await storedToolchains(bed.store)).toEqual([]);
  });

  test("a weak or missing integrity is refused when it is planned", async () => {
    const bed = await makeBed();
    bed.registry.add({ name: CLAUDE, version: "1.0.0", archive: packed({}), integrity: "sha1-AAAA" });
    expect(await refusal(bed.toolchains.plan(claude("1.0.0")))).toContain("gives no sha512 integrity");
  });

  const hostile: Readonly<Record<string, Buffer>> = {
    "a name that climbs": entry({ name: Buffer.from("package/../../evil"), kind: "file", mode: 0o644 }, "x"),
    "an absolute name": entry({ name: Buffer.from("/evil"), kind: "file", mode: 0o644 }, "x"),
    "a symbolic link": entry({
      name: Buffer.from("package/l"),
      kind: "link",
      mode: 0o777,
      target: Buffer.from("/etc"),
    }),
    "a hard link": withType(entry({ name: Buffer.from("package/h"), kind: "file", mode: 0o644 }), "1"),
    "a device": withType(entry({ name: Buffer.from("package/d"), kind: "file", mode: 0o644 }), "3"),
    "a fifo": withType(entry({ name: Buffer.from("package/f"), kind: "file", mode: 0o644 }), "6"),
  };
  for (const [what, bytes] of Object.entries(hostile)) {
    test(`${what} is refused`, async () => {
      const bed = await makeBed();
      bed.registry.add({ name: CLAUDE, version: "1.0.0", archive: packed({ claude: "#!/bin/sh\n" }, [bytes]) });
      const plan = await bed.toolchains.plan(claude("1.0.0"));
      expect(await refusal(bed.toolchains.build(plan, bed.settings))).toMatch(/the archive of .* was refused: ".*" /);
      expect(await storedToolchains(bed.store)).toEqual([]);
    });
  }

  test("one that is cut, or is no archive, is damaged, whatever its hash says", async () => {
    const bed = await makeBed();
    const whole = packed({ claude: "#!/bin/sh\n" });
    bed.registry.add({ name: CLAUDE, version: "1.0.0", archive: whole.subarray(0, whole.length - 10) });
    bed.registry.add({ name: CLAUDE, version: "1.0.1", archive: Buffer.from("<html>") });
    for (const version of ["1.0.0", "1.0.1"]) {
      const plan = await bed.toolchains.plan(claude(version));
      expect(await refusal(bed.toolchains.build(plan, bed.settings))).toMatch(/the archive of .* is damaged/);
    }
  });

  test("set-user-id is taken away", async () => {
    const bed = await makeBed();
    const file = entry({ name: Buffer.from("package/claude"), kind: "file", mode: 0o6755 }, "#!/bin/sh\n");
    bed.registry.add({ name: CLAUDE, version: "1.0.0", archive: packed({}, [file]) });
    const { hostDir } = await bed.toolchains.build(await bed.toolchains.plan(claude("1.0.0")), bed.settings);
    expect(statSync(join(hostDir, "claude")).mode & 0o7777).toBe(0o555);
  });
});

describe("settings", () => {
  test("registry, scopes, tokens and proxies as npm has them", async () => {
    const bed = await makeBed();
    writeFileSync(
      join(bed.dir, ".npmrc"),
      [
        "; a comment",
        'registry = "https://mirror.example/npm"',
        "@own:registry=https://own.example/",
        "//own.example/:_authToken=${OWN_TOKEN}",
        "//mirror.example/npm/:_auth=dTpw",
        "https-proxy=http://proxy.example:3128",
      ].join("\n"),
    );
    const env = { HOME: bed.dir, OWN_TOKEN: "t0ken" };
    const settings = await npmSettings(env);
    expect(settings.registryOf("left-pad")).toBe("https://mirror.example/npm/");
    expect(settings.registryOf("@own/thing")).toBe("https://own.example/");
    expect(settings.authorizationFor("https://own.example/@own%2fthing")).toBe("Bearer t0ken");
    expect(settings.authorizationFor("https://mirror.example/npm/left-pad")).toBe("Basic dTpw");
    expect(settings.authorizationFor("https://mirror.example/other/left-pad")).toBe(null);
    expect(proxyFor(new URL("https://own.example/x"), settings.env)?.host).toBe("proxy.example:3128");
    const given = await npmSettings({ ...env, npm_config_registry: "https://given.example" });
    expect(given.registryOf("left-pad")).toBe("https://given.example/");
  });

  test("a proxy is used, with its credentials, but not for what NO_PROXY names", async () => {
    const bed = await makeBed();
    addClaude(bed.registry, "1.0.0");
    const through: string[] = [];
    const proxy = createServer((request, response) => {
      through.push(`${request.url ?? ""} ${request.headers["proxy-authorization"] ?? ""}`);
      response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void proxy.close());
    const env = {
      HOME: bed.dir,
      NPM_CONFIG_REGISTRY: "http://registry.invalid/",
      HTTP_PROXY: `http://me:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    };
    const behind = createToolchains({ store: bed.store, env });
    expect(await refusal(behind.plan(claude("1.0.0")))).not.toContain("secret");
    expect(through).toEqual([
      `http://registry.invalid/@anthropic-ai%2fclaude-code-linux-x64 Basic ${Buffer.from("me:secret").toString("base64")}`,
    ]);
    const own = { ...env, NPM_CONFIG_REGISTRY: bed.registry.url, NO_PROXY: "other.example,127.0.0.1" };
    expect((await createToolchains({ store: bed.store, env: own }).plan(claude("1.0.0"))).version).toBe("1.0.0");
    expect(through).toHaveLength(1);
  });

  test("a token goes to the registry it is for, and nowhere on disk", async () => {
    const bed = await makeBed();
    addClaude(bed.registry, "1.0.0");
    const host = new URL(bed.registry.url).host;
    writeFileSync(join(bed.dir, ".npmrc"), `//${host}/:_authToken=s3cret-token\n`);
    const plan = await createToolchains({ store: bed.store, env: bed.env }).plan(claude("1.0.0"));
    await bed.toolchains.build(plan, bed.settings);
    const found = execFileSync("sh", ["-c", `grep -rl s3cret-token "$1" || true`, "sh", bed.store], {
      encoding: "utf8",
    });
    expect(found).toBe("");
    expect(bed.said.join("\n")).not.toContain("s3cret-token");
  });
});

/** Another type of entry, with its checksum. */
function withType(bytes: Buffer, type: string): Buffer {
  const changed = Buffer.from(bytes);
  changed.write(type, 156, "latin1");
  changed.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of changed.subarray(0, 512)) sum += byte;
  changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return changed;
}
