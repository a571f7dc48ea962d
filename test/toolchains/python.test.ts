/** Python projects: which Python, from where, installed for the place where it will be mounted. uv and Python are made up. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { rename } from "node:fs/promises";
import { delimiter, join } from "node:path";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { unpackZip, ZipDamage } from "../../src/host/archive/zip-reader.ts";
import { PINNED, PYTHONS } from "../../src/toolchains/pinned.ts";
import { pythonFor } from "../../src/toolchains/python/python-version.ts";
import { createToolchains, type Toolchains } from "../../src/toolchains/toolchains.ts";
import { type Bed, HOST, makeBed, refusal } from "./bed.ts";
import { type FakeIndex, fakeIndex, zip } from "./fake-index.ts";
import { servePrivately } from "./private-repository.ts";

interface PythonBed extends Bed {
  readonly index: FakeIndex;
  readonly env: NodeJS.ProcessEnv;
  readonly repo: string;
  /** Calls of uv, with what they saw of the environment. */
  calls(): string;
  git(...args: readonly string[]): string;
}

async function pythonBed(more: NodeJS.ProcessEnv = {}, damage?: (wheel: Buffer) => Buffer): Promise<PythonBed> {
  const bed = await makeBed();
  const log = join(bed.dir, "uv.log");
  const index = await fakeIndex(log, damage);
  const env = {
    ...bed.env,
    PATH: process.env["PATH"] ?? "",
    UV_DEFAULT_INDEX: index.url,
    ANTHROPIC_API_KEY: "s3cret-model-key",
    GITHUB_TOKEN: "s3cret-token",
    ...more,
  };
  const repo = join(bed.dir, "repo");
  mkdirSync(join(repo, "demo"), { recursive: true });
  writeFileSync(join(repo, "pyproject.toml"), '[project]\nname = "demo"\nrequires-python = ">=3.11,<4"\n');
  writeFileSync(join(repo, "demo/__init__.py"), "");
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: repo,
      encoding: "utf8",
    }).trim();
  git("init", "--quiet", "--initial-branch=main", ".");
  git("add", ".");
  git("commit", "--quiet", "-m", "one");
  const toolchains = createToolchains({ store: bed.store, env, say: bed.settings.log });
  return { ...bed, env, index, repo, toolchains, git, calls: () => readFileSync(log, "utf8") };
}

function fromGit(toolchains: Toolchains, url: string, ref: string | null = null, extras: readonly string[] = []) {
  return toolchains.plan({ kind: "python", source: { git: url, ref }, extras, ...HOST });
}

describe("a git repository", () => {
  test("a branch becomes a commit, and the commit an environment at the place where it will be mounted", async () => {
    const bed = await pythonBed();
    const plan = await fromGit(bed.toolchains, `file://${bed.repo}`, "main", ["b", "a", "b"]);
    const commit = bed.git("rev-parse", "HEAD");
    expect(plan.inputs).toMatchObject({ kind: "python", commit, extras: ["a", "b"] });
    expect(JSON.stringify(plan.inputs)).not.toMatch(/main|file:/);
    expect(plan).toMatchObject({
      name: "repo",
      version: commit.slice(0, 12),
      needs: [{ name: "python", version: PYTHONS[0] }],
    });
    const built = await bed.toolchains.build(plan, bed.settings);
    const [python] = built.needs;
    const file = (name: string): string => readFileSync(join(built.hostDir, name), "utf8");
    expect(file("venv/pyvenv.cfg")).toBe(`home = ${python?.mountPath}/bin\nrelocatable = true\n`);
    expect(readlinkSync(join(built.hostDir, "venv/bin/python"))).toBe(`${python?.mountPath}/bin/python3`);
    expect(readlinkSync(join(built.hostDir, "venv/bin/python3"))).toBe("python");
    expect(readdirSync(join(built.hostDir, "src")).toSorted()).toEqual(["demo", "pyproject.toml"]);
    const packages = "venv/lib/python3.13/site-packages";
    expect(file(`${packages}/demo-1.dist-info/direct_url.json`)).toBe(`{"url":"file://${built.mountPath}/src"}\n`);
    expect(file("installed.txt")).toBe(`demo @ file://${built.mountPath}/src\nclick==8.5.1\n`);
    expect(built.binDirs).toEqual([`${built.mountPath}/bin`, `${built.mountPath}/venv/bin`]);
    expect(built.notes).toEqual([
      `file://${bed.repo} at commit ${commit.slice(0, 12)}`,
      "there is no uv.lock: its dependencies are those of the day it was built (installed.txt lists them)",
    ]);
    const left = execFileSync("sh", ["-c", `grep -rl "$1" "$2" || true`, "sh", bed.dir, built.hostDir], {
      encoding: "utf8",
    });
    expect(left).toBe("");
    expect(bed.calls()).toMatch(/^uv pip install --python \S+\/venv\/bin\/python \S+\/src\[a,b\]$/m);
  });

  test("built again it is the very same", async () => {
    const bed = await pythonBed();
    const digests: string[] = [];
    for (const store of ["one", "two"]) {
      const toolchains = createToolchains({ store: join(bed.dir, store), env: bed.env });
      const { digest, hostDir } = await toolchains.build(await fromGit(toolchains, bed.repo), bed.settings);
      digests.push(digest);
      const info = join(hostDir, "venv/lib/python3.13/site-packages/demo-1.dist-info");
      expect(readdirSync(info).toSorted()).toEqual(["RECORD", "direct_url.json"]);
      expect(readFileSync(join(info, "RECORD"), "utf8")).toMatch(
        /^demo-1\.dist-info\/direct_url\.json,sha256=\S{43},\d\d\n$/,
      );
    }
    expect(digests[1]).toBe(digests[0]);
  });

  test("no variable of the user's that is not needed reaches the project's build", async () => {
    const bed = await pythonBed({ UV_PUBLISH_TOKEN: "s3cret-upload", UV_PYTHON: "/usr/bin/python2" });
    await bed.toolchains.build(await fromGit(bed.toolchains, bed.repo), bed.settings);
    expect(bed.calls()).not.toMatch(/s3cret|python2/);
    expect(bed.calls()).toMatch(/^UV_LINK_MODE=copy$/m);
  });

  test("a lock file is kept to", async () => {
    const bed = await pythonBed();
    writeFileSync(join(bed.repo, "uv.lock"), "version = 1\n");
    writeFileSync(join(bed.repo, ".python-version"), "3.12\n");
    bed.git("add", ".");
    bed.git("commit", "--quiet", "-m", "locked");
    const plan = await fromGit(bed.toolchains, bed.repo, null, ["x"]);
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(built.needs[0]?.version).toBe(PYTHONS.find((version) => version.startsWith("3.12.")));
    expect(bed.calls()).toMatch(/^uv sync --frozen --no-dev --no-editable --python \S+ --extra x$/m);
    expect(built.notes).toHaveLength(1);
  });

  test("an unknown name is said, and without network what it meant the last time is taken", async () => {
    const bed = await pythonBed();
    const url = `file://${bed.repo}`;
    expect(await refusal(fromGit(bed.toolchains, url, "nope"))).toContain('has no branch, tag or full commit "nope"');
    bed.git("tag", "-a", "v1", "-m", "v1");
    const plan = await fromGit(bed.toolchains, url, "v1");
    expect(plan.inputs["commit"]).toBe(bed.git("rev-parse", "HEAD"));
    await rename(bed.repo, `${bed.repo}-away`);
    expect((await fromGit(bed.toolchains, url, "v1")).hash).toBe(plan.hash);
    expect(bed.said.at(-1)).toMatch(/cannot be asked what v1 is .*: taking [0-9a-f]{12}, as the last time/);
    expect(await refusal(fromGit(bed.toolchains, url, "main"))).toContain("cannot be read");
  });

  test("a private one's token is in no argument, no message and no file", async () => {
    const bed = await pythonBed();
    const host = await servePrivately(bed.dir, "me:s3cret-word");
    // Every call of git by its arguments.
    const bin = join(bed.dir, "bin");
    mkdirSync(bin);
    const own = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
    writeFileSync(join(bin, "git"), `#!/bin/sh\necho "$*" >>'${bed.dir}/git.log'\nexec ${own} "$@"\n`);
    chmodSync(join(bin, "git"), 0o755);
    vi.stubEnv("PATH", `${bin}${delimiter}${process.env["PATH"] ?? ""}`);
    vi.stubEnv("NO_PROXY", "127.0.0.1");
    onTestFinished(() => void vi.unstubAllEnvs());
    const plan = await fromGit(bed.toolchains, `http://me:s3cret-word@${host}/repo`, "main");
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(existsSync(join(built.hostDir, "src/demo/__init__.py"))).toBe(true);
    const refused = await refusal(fromGit(bed.toolchains, `http://me:wrong-s3cret@${host}/repo`, "other"));
    const { make: _make, ...recorded } = plan;
    const told = [readFileSync(join(bed.dir, "git.log"), "utf8"), ...bed.said, JSON.stringify(recorded), refused].join(
      "\n",
    );
    expect(told).toContain("ls-remote");
    expect(told).not.toContain("s3cret");
    const found = execFileSync("sh", ["-c", `grep -rl s3cret "$1" || true`, "sh", bed.store], { encoding: "utf8" });
    expect(found).toBe("");
  });
});

describe("a local project", () => {
  test("is taken as git has it, changes included, and noted as changed", async () => {
    const bed = await pythonBed();
    writeFileSync(join(bed.repo, ".gitignore"), "ignored\n");
    writeFileSync(join(bed.repo, "ignored"), "x");
    writeFileSync(join(bed.repo, "new.py"), "");
    writeFileSync(join(bed.repo, ".env"), "SECRET=1");
    const request = { kind: "python", source: { path: bed.repo }, extras: [], ...HOST } as const;
    const plan = await bed.toolchains.plan(request);
    expect(plan.notes[0]).toMatch(/is at commit [0-9a-f]{12}, with changes that are not committed \(3 files\)/);
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(readdirSync(join(built.hostDir, "src")).toSorted()).toEqual([
      ".gitignore",
      "demo",
      "new.py",
      "pyproject.toml",
    ]);
    writeFileSync(join(bed.repo, "ignored"), "y");
    expect((await bed.toolchains.plan(request)).hash).toBe(plan.hash);
    writeFileSync(join(bed.repo, "new.py"), "y");
    expect((await bed.toolchains.plan(request)).hash).not.toBe(plan.hash);
  });

  test("what is no Python project is said", async () => {
    const bed = await pythonBed();
    const dir = join(bed.dir, "nothing");
    mkdirSync(dir);
    writeFileSync(join(dir, "x.py"), "");
    const plan = await bed.toolchains.plan({ kind: "python", source: { path: dir }, extras: [], ...HOST });
    expect(await refusal(bed.toolchains.build(plan, bed.settings))).toContain("it is no Python project");
  });
});

describe("Python and uv", () => {
  const offered = { versions: PYTHONS, open: true };
  const wishes = { asked: null, versionFile: null, pyproject: null };

  test("which Python: the profile's, the project's file, what the project requires, the pinned one", () => {
    const required = (text: string): string =>
      pythonFor({ ...wishes, pyproject: `requires-python = "${text}"` }, offered);
    const line = (minor: string): string | undefined => PYTHONS.find((version) => version.startsWith(`${minor}.`));
    expect(pythonFor(wishes, offered)).toBe(PYTHONS[0]);
    expect(pythonFor({ asked: "3.12", versionFile: "3.11", pyproject: null }, offered)).toBe(line("3.12"));
    expect(pythonFor({ ...wishes, asked: "3.12.1" }, offered)).toBe("3.12.1");
    expect(pythonFor({ ...wishes, versionFile: "# comment\ncpython-3.11\n" }, offered)).toBe(line("3.11"));
    expect(required(">=3.10")).toBe(line("3.13"));
    expect(required(">=3.14")).toBe(line("3.14"));
    expect(required("<3.13,>=3.9")).toBe(line("3.12"));
    expect(required("==3.11.*")).toBe(line("3.11"));
    expect(required("~=3.11.2")).toBe(line("3.11"));
    expect(required("!=3.13.*,>3.11")).toBe(line("3.12"));
    expect(() => required("<3")).toThrow(/no Python that can be had satisfies/);
    expect(() => pythonFor({ ...wishes, asked: "3" }, offered)).toThrow(/is no version of Python/);
    expect(() => pythonFor({ ...wishes, asked: "3.12.1" }, { versions: ["3.12.2"], open: false })).toThrow(
      /no Python 3\.12\.1 to be had/,
    );
  });

  test("a list of Pythons of the user's own counts, by its content", async () => {
    const bed = await pythonBed();
    const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
    const list = join(bed.dir, "downloads.json");
    const entries = (versions: readonly string[]): string =>
      JSON.stringify(Object.fromEntries(versions.map((version) => [`cpython-${version}-linux-${machine}-gnu`, {}])));
    writeFileSync(list, entries(["3.11.1", "3.12.3", "3.12.10"]));
    const plan = (): ReturnType<Toolchains["plan"]> =>
      fromGit(
        createToolchains({ store: bed.store, env: { ...bed.env, UV_PYTHON_DOWNLOADS_JSON_URL: list } }),
        bed.repo,
      );
    const first = await plan();
    expect(first.needs[0]?.version).toBe("3.12.10");
    writeFileSync(list, entries(["3.11.1", "3.12.3", "3.12.10", "3.13.1"]).replace("3.13.1", "3.9.1"));
    expect((await plan()).hash).not.toBe(first.hash);
    writeFileSync(list, "{}");
    expect(await refusal(plan())).toContain("no Python that can be had");
  });

  test("this machine's own Python, where uv may not download one", async () => {
    const bed = await pythonBed({ UV_PYTHON_DOWNLOADS: "never" });
    const found = ["/usr/bin", "/usr/local/bin"].flatMap((dir) =>
      existsSync(dir) ? readdirSync(dir).filter((name) => /^python3\.1[1-5]$/.test(name)) : [],
    );
    if (found.length === 0) {
      expect(await refusal(fromGit(bed.toolchains, bed.repo))).toMatch(/Python/);
      return;
    }
    const plan = await fromGit(bed.toolchains, bed.repo);
    expect(plan.needs).toEqual([]);
    expect(plan.notes.at(-1)).toMatch(/runs on this machine's own \/usr\/(local\/)?bin\/python3\.\d+/);
    const built = await bed.toolchains.build(plan, bed.settings);
    expect(readlinkSync(join(built.hostDir, "venv/bin/python"))).toMatch(/^\/usr\/(local\/)?bin\/python3\./);
  });

  test("a uv that is not what the index says, or cannot be had, is refused", async () => {
    const changed = await pythonBed({}, (wheel) => Buffer.concat([wheel, Buffer.from("x")]));
    const plan = await fromGit(changed.toolchains, changed.repo);
    expect(await refusal(changed.toolchains.build(plan, changed.settings))).toContain(
      "is not what the index says it is",
    );
    const none = await pythonBed({ UV_DEFAULT_INDEX: "http://127.0.0.1:1/simple" });
    const other = await fromGit(none.toolchains, none.repo);
    expect(await refusal(none.toolchains.build(other, none.settings))).toMatch(
      /uv \S+ cannot be fetched from 127\.0\.0\.1:1: .*ECONNREFUSED/,
    );
  });

  test("a platform that this machine cannot run is refused", async () => {
    const bed = await pythonBed();
    const arch = process.arch === "arm64" ? "x64" : "arm64";
    const plan = bed.toolchains.plan({ kind: "python", source: { git: bed.repo }, extras: [], arch, libc: "glibc" });
    expect(await refusal(plan)).toContain("can only be built on such a machine");
  });

  test("a wheel is unpacked as it is, and nothing leads out of it", async () => {
    const { dir } = await makeBed();
    unpackZip(zip({ "a/b": "#!/bin/sh\n", "a/c": "stored", d: "" }), dir);
    expect(readFileSync(join(dir, "a/b"), "utf8")).toBe("#!/bin/sh\n");
    expect(lstatSync(join(dir, "a/b")).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(dir, "a/c")).mode & 0o777).toBe(0o644);
    for (const path of ["../x", "/x", "a/../../x"])
      expect(() => unpackZip(zip({ [path]: "x" }), dir)).toThrow(ZipDamage);
    const whole = zip({ one: "1".repeat(300), two: "2" });
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), fc.boolean(), (at, value, cut) => {
        const bytes = cut ? whole.subarray(0, at) : Buffer.from(whole);
        if (!cut) bytes[at] = value;
        try {
          unpackZip(bytes, dir);
        } catch (error) {
          expect(error).toBeInstanceOf(ZipDamage);
        }
      }),
      { numRuns: 200 },
    );
  });
});

test("uv is fetched once, and no more when it is there", async () => {
  const bed = await pythonBed();
  await bed.toolchains.build(await fromGit(bed.toolchains, bed.repo), bed.settings);
  await bed.toolchains.build(await fromGit(bed.toolchains, bed.repo, null, ["other"]), bed.settings);
  expect(bed.index.asked.filter((path) => path.startsWith("/files/"))).toHaveLength(1);
  expect(bed.said.filter((line) => line === `fetching uv ${PINNED.uv}`)).toHaveLength(1);
});
