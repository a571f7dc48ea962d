/** MCP servers: npm packages with their Node, directories, and what a sandbox sees of them. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { mountsOf, type Toolchain, withNeeds } from "../../src/contract/toolchain.ts";
import { createLocalProvider } from "../../src/environments/local/provider.ts";
import { contractBed, sh } from "../../src/environments/testing/contract-bed.ts";
import { PINNED } from "../../src/toolchains/pinned.ts";
import { type Bed, HOST, makeBed, refusal } from "./bed.ts";
import { packed } from "./fake-registry.ts";

/** The npm of this machine, wherever it is. */
function ownNpm(): string {
  for (const dir of (process.env["PATH"] ?? "").split(delimiter))
    if (existsSync(join(dir, "npm"))) return realpathSync(join(dir, "npm"));
  throw new Error("these tests need npm");
}

/** This machine's own Node and npm, in packages; and a server with a dependency and an install script that must not run. */
function addServer(bed: Bed): void {
  bed.registry.add({
    name: `node-linux-${process.arch}`,
    version: PINNED.node,
    archive: packed({ "bin/node": `#!/bin/sh\nexec ${process.execPath} "$@"\n` }),
  });
  bed.registry.add({
    name: "npm",
    version: PINNED.npm,
    archive: packed({
      "package.json": '{ "type": "commonjs" }',
      "bin/npm-cli.js": `require(${JSON.stringify(ownNpm())});\n`,
      "bin/npx-cli.js": "",
    }),
  });
  const dependency = { name: "left", version: "1.4.0", main: "index.js" };
  bed.registry.add({
    ...dependency,
    manifest: dependency,
    archive: packed({ "package.json": JSON.stringify(dependency), "index.js": "module.exports = 'left 1.4.0';" }),
  });
  const server = {
    name: "@own/server",
    version: "1.2.3",
    bin: { server: "cli.js", helper: "helper.sh" },
    dependencies: { left: "^1.0.0" },
    scripts: { postinstall: `touch ${join(bed.dir, "ran-a-script")}` },
  };
  bed.registry.add({
    ...server,
    manifest: { ...server, hasInstallScript: true },
    archive: packed({
      "package.json": JSON.stringify(server),
      "cli.js": "#!/usr/bin/env node\nconsole.log(require('left'), ...process.argv.slice(2));\n",
      "helper.sh": "#!/bin/sh\necho helped\n",
    }),
  });
}

describe("npm", () => {
  test("installs a package with what it depends on, runs no script, and makes its commands", async () => {
    const bed = await makeBed();
    addServer(bed);
    const plan = await bed.toolchains.plan({ kind: "npm", spec: "@own/server@1.2.3", ...HOST });
    expect(plan).toMatchObject({ name: "server", version: "1.2.3", notes: [], needs: [{ name: "node" }] });
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(built.notes).toEqual(["install scripts were not run, of: @own/server"]);
    expect(existsSync(join(bed.dir, "ran-a-script"))).toBe(false);
    expect(existsSync(join(built.hostDir, "package-lock.json"))).toBe(true);
    const [node] = built.needs;
    expect(withNeeds([built, built]).map(({ name }) => name)).toEqual(["server", "node"]);
    expect(readFileSync(join(built.hostDir, "bin/server"), "utf8")).toBe(
      `#!/bin/sh\nexec '${node?.mountPath}/bin/node' '${built.mountPath}/node_modules/@own/server/cli.js' "$@"\n`,
    );
    expect(readFileSync(join(built.hostDir, "bin/helper"), "utf8")).toBe(
      `#!/bin/sh\nexec '${built.mountPath}/node_modules/@own/server/helper.sh' "$@"\n`,
    );
  });

  test("says what is not pinned, and what is no package", async () => {
    const bed = await makeBed();
    addServer(bed);
    const plan = await bed.toolchains.plan({ kind: "npm", spec: "@own/server", ...HOST });
    expect(plan.notes).toEqual(['npm = "@own/server" is @own/server@1.2.3 now: write that to pin it']);
    for (const spec of ["git+https://example.org/x.git", "../server", "", "@own", "a@b@c"])
      expect(await refusal(bed.toolchains.plan({ kind: "npm", spec, ...HOST }))).toContain(
        "is no package of a registry",
      );
    const musl = bed.toolchains.plan({ kind: "npm", spec: "@own/server", arch: "x64", libc: "musl" });
    expect(await refusal(musl)).toContain("there is no Node for musl on npm");
  });

  test("npm's own words are shown when it fails", async () => {
    const bed = await makeBed();
    addServer(bed);
    const broken = { name: "broken", version: "1.0.0", bin: "x.js", dependencies: { missing: "^9" } };
    bed.registry.add({
      ...broken,
      manifest: broken,
      archive: packed({ "package.json": JSON.stringify(broken), "x.js": "" }),
    });
    const plan = await bed.toolchains.plan({ kind: "npm", spec: "broken@1.0.0", ...HOST });
    expect(await refusal(bed.toolchains.build(plan, bed.settings))).toMatch(
      /npm install broken@1\.0\.0 failed \(exit code 1\)\n[^]*404/,
    );
  });
});

describe("in a sandbox", () => {
  const commands = (path: string): string =>
    [
      "server a 'b c'",
      "npx -y @own/server@1.2.3 --flag",
      "npx -y @own/server@9.9.9 2>&1",
      "npx --yes helper",
      "npx -y other 2>&1",
    ]
      .map((command) => `PATH=${path}:/usr/bin:/bin; ${command}`)
      .join("\n");
  const said = [
    "left 1.4.0 a b c",
    "left 1.4.0 --flag",
    "npx: this toolchain has @own/server@1.2.3, not @own/server@9.9.9",
    "helped",
    "npx: this toolchain has @own/server@1.2.3, not other",
    "",
  ].join("\n");

  test("the commands run where they are mounted, and where they were uploaded", async ({ skip }) => {
    const bed = await makeBed();
    addServer(bed);
    const provider = createLocalProvider({ stateRoot: join(bed.dir, "local") });
    const abilities = await provider.abilities();
    skip(!abilities.available, "sandboxes cannot run here");
    // The package's Node is this machine's own, which a sandbox sees in /usr only.
    const own = dirname(process.execPath);
    const mounts = own.startsWith("/usr/") ? [] : [{ from: own, to: own }];
    const built = await bed.toolchains.build(
      await bed.toolchains.plan({ kind: "npm", spec: "@own/server@1.2.3", ...HOST }),
      bed.settings,
    );
    const path = withNeeds([built])
      .flatMap(({ binDirs }) => binDirs)
      .join(":");
    const sandboxes = contractBed(provider);
    onTestFinished(() => sandboxes.clean());
    const mounted = await sandboxes.started({ mounts: [...mounts, ...mountsOf([built])] });
    expect((await sh(mounted, commands(path))).stdout).toBe(said);
    expect((await sh(mounted, `touch ${built.mountPath}/x ${built.needs[0]?.mountPath}/x`)).exitCode).not.toBe(0);
    const plain = await sandboxes.started({ mounts });
    for (const { from, to } of mountsOf([built])) await plain.upload(from, to);
    expect((await sh(plain, commands(path))).stdout).toBe(said);
  });
});

describe("a directory", () => {
  async function directory(bed: Bed): Promise<string> {
    const dir = join(bed.dir, "my server");
    mkdirSync(join(dir, "bin"), { recursive: true });
    mkdirSync(join(dir, "dist/__pycache__"), { recursive: true });
    writeFileSync(join(dir, "bin/serve"), "#!/bin/sh\necho served\n");
    chmodSync(join(dir, "bin/serve"), 0o755);
    symlinkSync("serve", join(dir, "bin/link"));
    writeFileSync(join(dir, "dist/built.js"), "built");
    writeFileSync(join(dir, "dist/__pycache__/x.pyc"), "cache");
    writeFileSync(join(dir, ".env"), "SECRET=1");
    writeFileSync(join(dir, ".env.example"), "SECRET=");
    writeFileSync(join(dir, ".gitignore"), "dist\n.env\n");
    return dir;
  }
  const planOf = (bed: Bed, dir: string) => bed.toolchains.plan({ kind: "path", dir });
  const build = async (bed: Bed, dir: string): Promise<Toolchain> =>
    bed.toolchains.build(await planOf(bed, dir), bed.settings);

  test("is taken by content: built files too, secrets and caches not", async () => {
    const bed = await makeBed();
    const dir = await directory(bed);
    const built = await build(bed, dir);
    expect(built.name).toBe("my-server");
    expect(built.binDirs).toEqual([`${built.mountPath}/bin`]);
    const listed = execFileSync("find", [".", "-not", "-type", "d"], { cwd: built.hostDir, encoding: "utf8" });
    expect(listed.trim().split("\n").toSorted()).toEqual([
      "./.env.example",
      "./.gitignore",
      "./bin/link",
      "./bin/serve",
      "./dist/built.js",
    ]);
    expect(execFileSync(join(built.hostDir, "bin/link"), { encoding: "utf8" })).toBe("served\n");
    // What is not taken changes nothing; what is taken makes another.
    writeFileSync(join(dir, ".env"), "SECRET=2");
    expect((await planOf(bed, dir)).hash).toBe(built.hash);
    chmodSync(join(dir, "dist/built.js"), 0o755);
    expect((await planOf(bed, dir)).hash).not.toBe(built.hash);
  });

  test("its state in git is noted", async () => {
    const bed = await makeBed();
    const dir = await directory(bed);
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
        cwd: dir,
        encoding: "utf8",
      });
    git("init", "--quiet", ".");
    git("add", ".");
    git("commit", "--quiet", "-m", "x");
    const commit = git("rev-parse", "HEAD").slice(0, 12);
    expect((await planOf(bed, dir)).notes).toEqual([`${dir} is at commit ${commit}`]);
    writeFileSync(join(dir, "new.js"), "");
    expect((await planOf(bed, dir)).notes).toEqual([
      `${dir} is at commit ${commit}, with changes that are not committed (1 file)`,
    ]);
  });

  test("a link that leads out, and a directory that is not there, are refused", async () => {
    const bed = await makeBed();
    const dir = await directory(bed);
    for (const target of ["/etc/passwd", "../../x"]) {
      rmSync(join(dir, "out"), { force: true });
      symlinkSync(target, join(dir, "out"));
      expect(await refusal(planOf(bed, dir))).toContain(`out is a link that leads out of ${dir} (to ${target})`);
    }
    expect(await refusal(planOf(bed, join(bed.dir, "none")))).toContain("there is no directory");
  });

  test("a change while it is copied is noticed", async () => {
    const bed = await makeBed();
    const dir = await directory(bed);
    const plan = await planOf(bed, dir);
    writeFileSync(join(dir, "dist/built.js"), "rebuilt");
    expect(await refusal(bed.toolchains.build(plan, bed.settings))).toContain("was changed while it was copied");
  });
});
