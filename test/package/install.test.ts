/** The package as a user gets it: packed, installed in an empty folder elsewhere, and used there. */
import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/set-up.mjs";

let folder: string;
let packed: { filename: string; files: { path: string; mode: number }[] };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "regatta-install-"));
  mkdirSync(join(folder, "home"));
  // dist is built already; --ignore-scripts keeps prepack from building it again under other tests.
  const report = npm(projectRoot, "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
  [packed] = JSON.parse(report) as [typeof packed];
  npm(join(folder, "home"), "init", "--yes");
  npm(join(folder, "home"), "install", "--prefer-offline", join(folder, packed.filename));
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("what is in the package", () => {
  test("the program, the schema and the papers, nothing else", () => {
    const tops = new Set(packed.files.map(({ path }) => path.split("/")[0]));
    expect(tops).toEqual(new Set(["LICENSE", "README.md", "dist", "package.json", "schema"]));
    expect(packed.files.map(({ path }) => path)).toContain("dist/cli.mjs");
    expect(packed.files.filter(({ path }) => path.endsWith(".ts") || path.includes("test"))).toEqual([]);
  });

  test("nothing that it brings compiles or downloads at install", () => {
    const modules = join(folder, "home", "node_modules");
    const brought = manifestsUnder(modules);
    expect(brought.length).toBeGreaterThan(5);
    const guilty = brought.filter(
      ({ scripts = {}, gypfile }) =>
        gypfile === true || ["preinstall", "install", "postinstall"].some((name) => name in scripts),
    );
    expect(guilty.map(({ name }) => name)).toEqual([]);
    const native = readdirSync(modules, { recursive: true, encoding: "utf8" }).filter((path) =>
      /binding\.gyp$|\.node$/.test(path),
    );
    expect(native).toEqual([]);
  });
});

describe("in the empty folder", () => {
  test("regatta --version says the version that was packed", () => {
    const { version } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as { version: string };
    expect(regatta("--version").stdout.trim()).toBe(version);
  });

  test("regatta init && regatta run", { timeout: 120_000 }, () => {
    const init = regatta("init", "first", "--yes");
    expect(init, init.stdout + init.stderr).toMatchObject({ status: 0 });
    const run = regatta("run", "experiments/first.toml");
    expect(run, run.stdout + run.stderr).toMatchObject({ status: 0 });
    const index = JSON.parse(readFileSync(join(folder, "home/results/first/0/runs/index.json"), "utf8")) as {
      runs: { outcome: string }[];
    };
    expect(index.runs.length).toBeGreaterThanOrEqual(6);
    expect(new Set(index.runs.map(({ outcome }) => outcome))).toEqual(new Set(["scored"]));
  });
});

interface Manifest {
  name?: string;
  scripts?: Record<string, string>;
  gypfile?: boolean;
}

function manifestsUnder(modules: string): Manifest[] {
  const lock = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")) as {
    packages: Record<string, unknown>;
  };
  return Object.keys(lock.packages)
    .filter((path) => path !== "")
    .map((path) => JSON.parse(readFileSync(join(modules, "..", path, "package.json"), "utf8")) as Manifest);
}

function npm(cwd: string, ...args: string[]): string {
  const options = { cwd, encoding: "utf8", env: plainEnvironment(), stdio: "pipe" } as const;
  return execFileSync("npm", [...args, "--no-audit", "--no-fund", "--loglevel=error"], options);
}

function regatta(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(join(folder, "home/node_modules/.bin/regatta"), args, {
    cwd: join(folder, "home"),
    encoding: "utf8",
    env: plainEnvironment(),
  });
}

/** Without what npm tells the scripts that it runs, and vitest its tests: a user's shell has neither. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|TEST$)/i.test(name));
  return Object.fromEntries(kept);
}
