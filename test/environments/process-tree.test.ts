/** The mark by which processes are found when there are no control groups. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { markTree, utsOf } from "../../src/environments/local/process-tree.ts";

const MARKED = ["unshare", "--user", "--map-root-user", "--uts", "sleep", "90011"] as const;
const HOST = utsOf(process.pid) ?? "";

test("a namespace's number that is given to another sandbox does not make that one a target", async () => {
  const ours = start(["sh", "-c", `${MARKED.join(" ")}; sleep 90011`]);
  const tree = markTree(HOST);
  tree.started(ours.pid ?? 0);
  await until(() => childOf(ours) !== null && utsOf(childOf(ours) ?? 0) !== HOST);
  const first = childOf(ours) ?? 0;
  const number = utsOf(first);
  let over = (): void => {};
  const killing = tree.kill(new Promise<void>((resolve) => (over = resolve)), 0, "SIGTERM");
  await until(() => utsOf(first) === null);

  // A free number goes to one of the next namespaces that are made: some two hundred are tried.
  let other = start(MARKED);
  for (let tries = 0; tries < 250; tries++) {
    await until(() => !["", null, HOST].includes(utsOf(other.pid ?? 0)));
    if (utsOf(other.pid ?? 0) === number) break;
    await end(other);
    other = start(MARKED);
  }
  over();
  await killing;
  tree.release();
  expect(other.exitCode ?? other.signalCode).toBeNull();
  expect(utsOf(other.pid ?? 0)).not.toBeNull();
});

function start([program, ...args]: readonly [string, ...string[]]): ChildProcess {
  const child = spawn(program, args, { stdio: "ignore", detached: true });
  onTestFinished(() => end(child));
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  process.kill(-(child.pid ?? 0), "SIGKILL");
  await ended;
}

function childOf({ pid }: ChildProcess): number | null {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
  return first === undefined || first === "" ? null : Number(first);
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await delay(2);
}
