/** What `regatta init` writes, and the JSON Schema that editors check it with. */
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { experimentJsonSchema } from "../../src/experiment/json-schema.ts";
import { experimentFile } from "../../src/experiment/schema/experiment-file.ts";
import { INIT_SLUG, initFiles } from "../../src/experiment/template.ts";
import { loadTask } from "../../src/tasks/load-task.ts";
import { project, type Project } from "./project.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const repository = fileURLToPath(new URL("../..", import.meta.url));

async function initialised(slug = INIT_SLUG): Promise<Project> {
  const made = await project();
  for (const file of initFiles({ slug, name: 'A "race"' })) {
    await made.write(file.path, file.content);
    await chmod(join(made.root, file.path), file.mode);
  }
  return made;
}

describe("init", () => {
  test("the experiment loads: two tasks, three profiles, no notes to make", async () => {
    const { root, load } = await initialised();
    const loaded = await load(`experiments/${INIT_SLUG}.toml`);
    expect(loaded.name).toBe('A "race"');
    expect(loaded.run.containerEnv).toBe("local");
    expect(loaded.tasks.map(({ id, path }) => [id, path])).toEqual([
      ["hello-file", join(root, "tasks/hello-file")],
      ["sum-column", join(root, "tasks/sum-column")],
    ]);
    expect(loaded.profiles.map(({ key, agent }) => [key, agent])).toEqual([
      ["oracle", "oracle"],
      ["nop", "nop"],
      ["script", "command"],
    ]);
  });

  test("every line that is commented out works when it is let in", async () => {
    const { load, write } = await initialised();
    const text = await initialText();
    // A key in a comment stands right behind the #; prose has a blank there.
    const open = text.replaceAll(/^#(?=[a-z[])/gm, "").replace('extends = "nop" #', '#extends = "nop" #');
    expect(open).not.toBe(text);
    await write("experiments/open.toml", open);
    for (const path of ["experiments/.env", "agents/install.sh", "agents/my-agent/x", "prompts/extra.md"]) {
      await write(path, "");
    }
    const loaded = await load("experiments/open.toml");
    expect(loaded.run.agentTimeoutSec).toBe(600);
    expect(loaded.artifactTargets).toEqual(["my-agent"]);
    expect(loaded.profiles[2]).toMatchObject({ setEnv: { LOG_LEVEL: "debug" }, env: ["MY_API_KEY"] });
  });

  test("every key of the format is in the file, but for those of another engine and the finer ones of coding agents", async () => {
    const text = await initialText();
    const words = new Set(text.match(/[a-z_]+/g));
    const shapes = [experimentFile.shape.run.unwrap().shape, experimentFile.shape.defaults.unwrap().shape];
    const missing = shapes.flatMap((shape) => Object.keys(shape)).filter((key) => !words.has(key));
    expect(missing).toEqual([
      "profiles_parallel",
      "force_rebuild",
      "engine",
      "harbor_bin",
      "registry",
      "hooks",
      "import_path",
      "kwargs",
      "claude_version",
      "codex_version",
      "skills",
      "system_prompt",
      "allowed_tools",
      "disallowed_tools",
      "max_turns",
      "trust_task_config",
      "mcp_git_source",
      "mcp_git_ref",
    ]);
  });

  test("scripts are executable and valid for sh; each task is a whole Harbor task", async () => {
    const { root } = await initialised();
    for (const id of ["hello-file", "sum-column"]) {
      for (const script of ["solution/solve.sh", "tests/test.sh"]) {
        const path = join(root, "tasks", id, script);
        expect((await readFile(path, "utf8")).startsWith("#!/bin/sh\n")).toBe(true);
        await run("sh", ["-n", path]);
      }
      const task = await loadTask(join(root, "tasks", id), { id, source: null });
      expect(task).toMatchObject({ unsupported: [], notes: [], agent: { timeoutSec: 120 } });
      expect(task.instruction).toContain("/app/");
      expect(task.solution.dir).not.toBeNull();
    }
    const modes = initFiles({ slug: "x" }).map(({ path, mode }) => [path.endsWith(".sh"), mode === 0o755]);
    for (const [script, executable] of modes) expect(executable).toBe(script);
  });

  test("each solution passes its own tests, and doing nothing does not", async () => {
    const { root } = await initialised();
    const verdict = async (id: string, solve: boolean): Promise<string> => {
      const inside = join(root, `inside-${id}-${solve}`);
      await mkdir(join(inside, "app"), { recursive: true });
      const run1 = async (script: string): Promise<void> => {
        // The scripts name absolute paths of the sandbox: here they stand under a folder.
        const text = await readFile(join(root, "tasks", id, script), "utf8");
        const moved = text.replaceAll(/(?<![\w.])\/(app|logs)\b/g, `${inside}/$1`);
        await run("sh", ["-c", moved]);
      };
      if (id === "sum-column") await run("cp", [join(root, "tasks", id, "environment/sales.csv"), join(inside, "app")]);
      if (solve) await run1("solution/solve.sh");
      await run1("tests/test.sh");
      return await readFile(join(inside, "logs/verifier/reward.txt"), "utf8");
    };
    for (const id of ["hello-file", "sum-column"]) {
      expect(await verdict(id, true)).toBe("1\n");
      expect(await verdict(id, false)).toBe("0\n");
    }
  });

  async function initialText(): Promise<string> {
    return initFiles({ slug: "x" }).find(({ path }) => path === "experiments/x.toml")?.content ?? "";
  }
});

describe("JSON Schema", () => {
  test("the committed file is what the definition says", async () => {
    expect(await readFile(join(repository, "schema/experiment.v2.json"), "utf8")).toBe(experimentJsonSchema());
  });

  test("every key has a description, every table refuses unknown keys", () => {
    const check = (schema: Record<string, unknown>, path: string): void => {
      const properties = (schema["properties"] ?? {}) as Record<string, Record<string, unknown>>;
      for (const [key, value] of Object.entries(properties)) {
        expect(value["description"], `${path}.${key}`).toEqual(expect.stringMatching(/\.$/));
        check(value, `${path}.${key}`);
      }
      for (const value of Object.values((schema["patternProperties"] ?? {}) as typeof properties))
        check(value, `${path}.*`);
      if (schema["type"] === "object") expect(schema["additionalProperties"], path).toBe(false);
    };
    const schema = JSON.parse(experimentJsonSchema()) as Record<string, unknown>;
    expect(schema["$schema"]).toBe("http://json-schema.org/draft-07/schema#");
    check(schema, "");
  });

  describe("tombi, a TOML language server, offline", () => {
    const tombi = join(dirname(require.resolve("tombi/package.json")), "bin/tombi");
    const lint = async (root: string, file: string): Promise<{ ok: boolean; output: string }> => {
      const options = { cwd: root, env: { ...process.env, NO_COLOR: "1" }, timeout: 30_000 };
      try {
        const { stdout, stderr } = await run(tombi, ["lint", "--offline", file], options);
        return { ok: true, output: stdout + stderr };
      } catch (error) {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return { ok: false, output: stdout + stderr };
      }
    };
    /** A project where the package is installed, as `#:schema` in the file expects. */
    const installed = async (): Promise<Project> => {
      const made = await initialised("x");
      const link = join(made.root, "node_modules/regatta/schema");
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(repository, "schema"), link);
      return made;
    };

    test("accepts what init writes", async () => {
      const { root } = await installed();
      expect(await lint(root, "experiments/x.toml")).toMatchObject({ ok: true });
    });

    test("finds slips, by the schema that the file names", async () => {
      const { root, write } = await installed();
      const text = (await readFile(join(root, "experiments/x.toml"), "utf8"))
        .replace("attempts = 1", 'atempts = 1\nparallel = "many"')
        .replace('container_env = "local"', 'container_env = "dokcer"');
      await write("experiments/bad.toml", text);
      const { ok, output } = await lint(root, "experiments/bad.toml");
      expect(ok).toBe(false);
      expect(output).toMatch(/"atempts" is not allowed/);
      expect(output).toMatch(/Expected a value of type Integer, but found String/);
      expect(output).toMatch(/dokcer/);
    });
  });
});
