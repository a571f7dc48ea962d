/** An engine that goes away in the middle of a run, and comes back: a daemon that is restarted. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { command, experiment, makeProject, type Project, task } from "../support/project.ts";
import { BASE_IMAGE } from "./base-image.ts";

const REAL = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace(/^unix:\/\//, "");

interface Line {
  readonly host: string;
  /** Nobody is there any more, and every connection breaks off. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

/** The engine behind a socket of the test's own. */
async function lineToEngine(path: string): Promise<Line> {
  const open = new Set<Socket>();
  let server: Server | null = null;
  const restore = async (): Promise<void> => {
    server = createServer({ allowHalfOpen: true }, (near) => {
      const far = connect({ path: REAL, allowHalfOpen: true });
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => open.delete(from));
      }
    });
    server.listen(path);
    await once(server, "listening");
  };
  const cut = async (): Promise<void> => {
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    server = null;
    for (const socket of open) socket.destroy();
    await closed;
    rmSync(path, { force: true });
  };
  onTestFinished(cut);
  await restore();
  return { host: `unix://${path}`, cut, restore };
}

function containersOf(project: Project): string {
  const filter = `label=regatta.project=${project.dir}`;
  return execFileSync("docker", ["ps", "-aq", "--filter", filter], { encoding: "utf8" });
}

test("what runs is lost and tried again, what waits goes on waiting, and nothing is left behind", async () => {
  const files = experiment(
    ["a", "b"],
    command("answers", "echo 42 > /app/answer; sleep 1"),
    "parallel = 1\nretries = 1",
  );
  const dockerfile = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;
  const project = await makeProject({
    ...task("a", { dockerfile }),
    ...task("b", { dockerfile }),
    "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', '"docker"'),
  });
  const line = await lineToEngine(project.path("engine.sock"));
  const run = project.start(["run", "experiments/x.toml", "--json"], { DOCKER_HOST: line.host });
  await run.shown(/"phase-started".*"agent-run"/);
  await line.cut();
  await run.shown('"paused"');
  expect(containersOf(project)).not.toBe("");
  await line.restore();
  const { code, stdout, stderr } = await run.ended;
  expect(code, stdout + stderr).toBe(0);
  const events = stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { type: string; reason?: string; message?: string; try?: number });
  expect(events.filter(({ type }) => type === "paused")).toEqual([
    expect.objectContaining({
      reason: "environment",
      message: expect.stringMatching(/cannot be reached: it does not run/) as string,
    }),
  ]);
  expect(events.filter(({ type }) => type === "resumed")).toHaveLength(1);
  expect(
    events
      .filter(({ type }) => type === "trial-started")
      .map((each) => each.try)
      .toSorted((a = 0, b = 0) => a - b),
  ).toEqual([1, 1, 2]);
  expect(containersOf(project)).toBe("");
}, 120_000);
