/** What holds for every file: valid subsets come back as written, and no bytes bring anything but a message. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { UserError } from "../../src/contract/failure.ts";
import { RUN_DEFAULTS } from "../../src/experiment/defaults.ts";
import { RUN_FIELDS } from "../../src/experiment/run-settings.ts";
import { parseDocument } from "../../src/experiment/document.ts";
import { ExperimentErrors } from "../../src/experiment/problems.ts";
import { experiment, project } from "./project.ts";

const integer = (max: number, min = 0) => fc.integer({ min, max });
const RUN = fc.record(
  {
    attempts: integer(10_000, 1),
    retries: integer(100),
    parallel: integer(1000),
    profiles_parallel: integer(1000),
    container_env: fc.constantFrom("local", "docker"),
    force_rebuild: fc.boolean(),
    run_timeout_sec: integer(2_000_000),
    timeout_multiplier: integer(1000, 1),
    agent_timeout_sec: integer(2_000_000, 1),
    min_free_gb: integer(1_000_000),
    quiet_verify: fc.boolean(),
  },
  { requiredKeys: [] },
);
const NAME = fc
  .stringMatching(/^[a-z0-9][a-z0-9_-]{0,11}$/)
  .filter((name) => !/^(con|prn|aux|nul|com\d|lpt\d)$/.test(name));
const NAMES = fc.uniqueArray(NAME, { minLength: 1, maxLength: 6 });

test("any valid keys come back as written, in the order of the file", async () => {
  const { write, load } = await project();
  await fc.assert(
    fc.asyncProperty(RUN, NAMES, NAMES, fc.dictionary(NAME, fc.string()), async (run, tasks, profiles, env) => {
      const setEnv = Object.entries(env)
        .filter(([, value]) => !value.includes("\0"))
        .map(([key, value]) => [`V_${key.replaceAll("-", "_")}`, value] as const);
      const variables = new Map(setEnv);
      const inline = [...variables].map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(", ");
      const text = experiment({
        tasks: tasks
          .filter((id) => id !== "default_dataset")
          .map((id) => `[tasks.${id}]`)
          .concat("[tasks.the-last-of-them]")
          .join("\n"),
        profiles: profiles.map((key) => `[profiles.${key}]\nagent = "nop"\nset_env = { ${inline} }`).join("\n"),
        more: ["[run]", ...Object.entries(run).map(([key, value]) => `${key} = ${JSON.stringify(value)}`)].join("\n"),
      });
      await write("experiments/x.toml", text.replaceAll("\x7f", "\\u007f"));
      const loaded = await load();
      expect(loaded.tasks.map(({ id }) => id)).toEqual([
        ...tasks.filter((id) => id !== "default_dataset"),
        "the-last-of-them",
      ]);
      expect(loaded.profiles.map(({ key }) => key)).toEqual(profiles);
      for (const profile of loaded.profiles) expect(Object.entries(profile.setEnv)).toEqual([...variables]);
      const { results_root, ...defaults } = RUN_DEFAULTS;
      expect(loaded.run.resultsRoot.endsWith(`/${results_root}`)).toBe(true);
      for (const [key, value] of Object.entries({ ...defaults, ...run })) {
        expect(loaded.run[RUN_FIELDS[key as keyof typeof RUN_FIELDS]]).toBe(value);
        expect(loaded.origins[`run.${key}`]?.kind).toBe(Object.hasOwn(run, key) ? "file" : "default");
      }
    }),
    { numRuns: 150 },
  );
});

/** Pieces that make texts which are nearly experiments. */
const PIECES = fc.constantFrom(
  "schema_version = 2\n",
  'slug = "x"\n',
  "[run]\n",
  "[[run]]\n",
  "attempts = 1\n",
  "attempts.a.b = 1.5\n",
  "[tasks]\n",
  "[tasks.a]\n",
  "[tasks.a.b.c]\n",
  "[[tasks.q]]\n",
  "path = 1979-05-27\n",
  "[defaults]\n",
  "[profiles.p]\n",
  "[profiles.q.env]\n",
  'agent = "nop"\n',
  'extends = "p"\n',
  'env = ["A", 1, {}]\n',
  'set_env = { "a b" = 1, __proto__ = { x = 1 } }\n',
  'files = { "/a" = ["x"], constructor = true }\n',
  "mcp_servers = [[], nan]\n",
  "[mcp_aliases.__proto__]\n",
  "[constructor.prototype]\n",
  "polluted = true\n",
  '"" = 0\n',
  "x",
  "=",
  '"""',
  "\r",
);

test("nearly valid texts bring messages with real places, and nothing else", async () => {
  const { write, load } = await project();
  await fc.assert(
    fc.asyncProperty(fc.array(PIECES, { maxLength: 14 }), fc.boolean(), async (pieces, headed) => {
      const text = `${headed ? 'schema_version = 2\nslug = "x"\n' : ""}${pieces.join("")}`;
      await write("experiments/x.toml", text);
      const outcome = await load().then(
        () => null,
        (error: UserError) => error,
      );
      expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
      if (outcome === null) return;
      expect(outcome).toBeInstanceOf(ExperimentErrors);
      const lines = text.split(/\r?\n/);
      for (const { line, column } of (outcome as ExperimentErrors).problems) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
      }
    }),
    { numRuns: 500 },
  );
});

test("any bytes bring a user error or an experiment", async () => {
  const { write, errors } = await project();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await write("experiments/x.toml", bytes);
      // Anything else than a UserError would come through.
      expect((await errors()).length).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});

test("any text brings experiment errors", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      expect(() => parseDocument("x.toml", text)).toThrow(ExperimentErrors);
    }),
    { numRuns: 1000 },
  );
});
