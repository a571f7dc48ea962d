/** What a profile's treatment is planned as: which code comes along, what is refused, and what is recorded. */
import { expect, test } from "vitest";
import { profileInputs } from "../../src/app/profile-inputs.ts";
import { type PlannedTreatment, planTreatment, treatmentLock } from "../../src/app/treatments.ts";
import { agentDescriptions } from "../../src/agents/registry.ts";
import type { ToolchainRequest } from "../../src/contract/toolchain.ts";
import { planned } from "../../src/toolchains/planned.ts";
import { project } from "../experiment/project.ts";

const HOOKS = { hooks: { PostToolUse: [{ matcher: "*", hooks: [{ type: "command", command: "node hook.js" }] }] } };

async function plans(
  profile: string,
  files: Readonly<Record<string, string>>,
): Promise<{
  planned: PlannedTreatment;
  asked: readonly ToolchainRequest[];
  inputs: Readonly<Record<string, string>>;
}> {
  const made = await project({
    "experiments/x.toml": `schema_version = 2\nslug = "x"\n[tasks.t]\npath = "t"\n[profiles.p]\nagent = "claude-code"\n${profile}\n`,
    "t/task.toml": "",
    ...files,
  });
  const experiment = await made.load();
  const asked: ToolchainRequest[] = [];
  const agent = agentDescriptions().find(({ name }) => name === "claude-code");
  const [own] = experiment.profiles;
  if (agent === undefined || own === undefined) throw new Error("there is no such agent");
  const found = await planTreatment(
    own,
    experiment,
    agent,
    { arch: "x64", libc: "glibc" },
    {
      plan: async (request) => {
        asked.push(request);
        const make = (): Promise<never> => Promise.reject(new Error("nothing is made here"));
        return planned({ name: request.kind, version: "1", inputs: { kind: request.kind }, make });
      },
    },
  );
  return { planned: found, asked, inputs: await profileInputs(own) };
}

function server(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    "canvas/.mcp.json": JSON.stringify({ mcpServers: { canvas: { command: "node", args: ["server.js"], env } } }),
    "canvas/server.js": "",
    "canvas/hook.js": "",
    "canvas/hooks.json": JSON.stringify(HOOKS),
  };
}

test("hooks of a server's folder bring its code along, also without the server itself", async () => {
  const { planned: found, asked } = await plans('no_mcp = true\nhooks = "canvas/hooks.json"', server());
  expect(found.servers).toEqual([]);
  expect(found.hooksOf?.directory.name).toBe("canvas");
  expect(asked.map(({ kind }) => kind)).toEqual(["claude-code", "path", "node"]);
  expect(found.toolchains.map(({ name }) => name)).toEqual(["claude-code", "path", "node"]);
  const elsewhere = await plans('no_mcp = true\nhooks = "own/hooks.json"', { "own/hooks.json": JSON.stringify(HOOKS) });
  expect(elsewhere.planned.hooksOf).toBeNull();
});

test("another content of a skill is another profile", async () => {
  const inputs = async (text: string) =>
    (await plans('no_mcp = true\nskills = ["skills/greet"]', { "skills/greet/SKILL.md": text })).inputs;
  const [first, same, other] = [await inputs("Say hi."), await inputs("Say hi."), await inputs("Say bye.")];
  expect(Object.keys(first)).toEqual(["skills:greet"]);
  expect(first).toEqual(same);
  expect(first).not.toEqual(other);
});

test("a secret that stands in an .mcp.json is in no record, and told", async () => {
  const lockOf = async (secret: string) => {
    const { planned: found } = await plans('mcp_servers = ["canvas"]', server({ API_KEY: secret, LEVEL: "debug" }));
    return { text: JSON.stringify(treatmentLock(found)), notes: found.notes };
  };
  const [first, other] = [await lockOf("sk-very-secret-1"), await lockOf("sk-very-secret-2")];
  expect(first.text).not.toContain("very-secret");
  expect(first.text).toContain('"LEVEL":"debug"');
  expect(first.text).not.toBe(other.text);
  expect(first.notes).toEqual([expect.stringMatching(/canvas holds API_KEY as it is/)]);
  const named = await lockOf("${API_KEY}");
  expect(named.text).toContain("${API_KEY}");
  expect(named.notes).toEqual([]);
});

test("a matcher that would match nothing is refused", async () => {
  const hooks = { hooks: { PreToolUse: [{ matcher: "[", hooks: [{ type: "command", command: "true" }] }] } };
  const refused = plans('no_mcp = true\nhooks = "hooks.json"', { "hooks.json": JSON.stringify(hooks) });
  await expect(refused).rejects.toMatchObject({
    message: expect.stringContaining("hooks.json"),
    lines: expect.arrayContaining([expect.stringMatching(/matcher.*no regular expression/)]),
  });
});
