import { Option } from "commander";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { CommandSpec } from "../../src/cli/command-spec.ts";
import { BODIES } from "../../src/cli/bodies.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { packageVersion } from "../../src/cli/package-file.ts";
import { UserError } from "../../src/contract/failure.ts";
import { regatta } from "./fake-io.ts";

const table: [string, CommandSpec][] = Object.entries(COMMANDS);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Puts a body in the place of `run`'s, and gives what the program handed to it. */
function catchRun(code: 0 | 1 = 0) {
  const body = vi.fn<(args: unknown, options: unknown) => Promise<0 | 1>>(async () => code);
  vi.spyOn(BODIES, "run").mockResolvedValue({ default: body });
  return body;
}

describe.each(table)("regatta %s --help", (name, spec) => {
  test("has examples of itself and its exit codes", async () => {
    const { code, stdout, stderr } = await regatta([name, "--help"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(new RegExp(`Examples:\\n  .*regatta ${name}`));
    expect(stdout).toMatch(/Exit codes:\n {2}0 /);
  });

  test("names its options as the body gets them", () => {
    for (const [key, option] of Object.entries(spec.options))
      expect(new Option(option.flags).attributeName()).toBe(key);
  });
});

test.each([[[]], [["--help"]], [["help"]]])("%j prints the commands, exit code 0", async (argv) => {
  const { code, stdout, stderr } = await regatta(argv);
  expect([code, stderr]).toEqual([0, ""]);
  for (const [name, spec] of table) expect(stdout.includes(`  ${name} `)).toBe(spec.hidden !== true);
});

test.each(["-V", "--version"])("%s", async (flag) => {
  expect(await regatta([flag])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: "" });
  expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
});

test.each([
  [["rnu", "x.toml"], /unknown command 'rnu'\n\(Did you mean run\?\)/],
  [["run", "x.toml", "--bath", "3"], /unknown option '--bath'\n\(Did you mean --batch\?\)/],
  [["run"], /missing required argument 'experiment'/],
  [["run", "--tasks", "a", "b", "x.toml"], /missing required argument 'experiment'[^]*put the experiment first/],
  [["run", "x.toml", "--attempts", "0"], /Expected a whole number from 1/],
  [["run", "x.toml", "--batch", "1e3"], /Expected a whole number from \d/],
  [["run", "x.toml", "-n", "-1"], /Expected a whole number from 0|argument missing/],
  [["run", "x.toml", "--tasks", ","], /Expected one or more names/],
  [["run", "x.toml", "y.toml"], /too many arguments/],
  [["completion", "tcsh"], /Allowed choices are bash, zsh, fish/],
  [["validate"], /missing required argument/],
])("%j is bad input", async (argv, message) => {
  const { code, stdout, stderr } = await regatta(argv);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^regatta: /);
  expect(stderr).toMatch(message);
});

test.each([
  [["--tasks", "a", "b"]],
  [["--tasks", "a,b"]],
  [["--tasks=a,b"]],
  [["--tasks", "a", "--tasks", "b"]],
  [["--tasks", "a, b"]],
])("run x.toml %j", async (list) => {
  const body = catchRun();
  expect((await regatta(["run", "x.toml", ...list])).code).toBe(0);
  expect(body.mock.calls[0]?.slice(0, 2)).toEqual([
    { experiment: "x.toml" },
    {
      tasks: ["a", "b"],
      profiles: undefined,
      batch: undefined,
      attempts: undefined,
      parallel: undefined,
      quietVerify: false,
      new: false,
      dryRun: false,
      detach: false,
      json: false,
    },
  ]);
});

test("the body's exit code is the program's", async () => {
  const body = catchRun(1);
  expect((await regatta(["run", "x", "-n", "0", "--attempts", "3", "--batch", "2", "--new", "--dry-run"])).code).toBe(
    1,
  );
  expect(body.mock.calls[0]?.[1]).toMatchObject({ parallel: 0, attempts: 3, batch: 2, new: true, dryRun: true });
});

describe("errors", () => {
  async function failWith(error: unknown, env: Record<string, string> = {}) {
    vi.spyOn(BODIES, "run").mockResolvedValue({
      default: async () => {
        throw error;
      },
    });
    const { code, stdout, stderr } = await regatta(["run", "x.toml"], { env });
    expect(stdout).toBe("");
    return { code, stderr };
  }

  test("the user's: plain lines, exit code 2, nothing that acts on the terminal", async () => {
    const error = new UserError("x.toml has 2 problems", ['x.toml:1:2: a key "\u001b[2J"', "x.toml:3:1: another"]);
    expect(await failWith(error)).toEqual({
      code: 2,
      stderr: 'regatta: x.toml has 2 problems\nx.toml:1:2: a key "\\x1b[2J"\nx.toml:3:1: another\n',
    });
  });

  test("the machine's: what it is and what to do", async () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device, write"), {
      code: "ENOSPC",
      syscall: "write",
    });
    const { code, stderr } = await failWith(error);
    expect([code, stderr.split("\n")]).toEqual([
      1,
      [
        "regatta: no space left on the device: write",
        expect.stringMatching(/^Nothing that was written before is damaged\. Make room/),
        "",
      ],
    ]);
  });

  test("ours: says so, with its causes; the stack only when asked for", async () => {
    const error = new TypeError("x is not a function", { cause: new Error("first cause\nmore") });
    const { code, stderr } = await failWith(error);
    expect([code, stderr]).toEqual([
      1,
      "regatta: internal error: x is not a function; because: first cause\n" +
        "This is a fault of Regatta's, not yours. Run it again with REGATTA_DEBUG=1 to see where it happened.\n",
    ]);
    expect((await failWith(error, { REGATTA_DEBUG: "1" })).stderr).toMatch(/\n {4}at .*program\.test\.ts/);
  });

  test.each([["text"], [undefined], [{ odd: 1 }]])("thrown: %j", async (thrown) => {
    expect(await failWith(thrown)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("internal error: ") as string,
    });
  });
});
