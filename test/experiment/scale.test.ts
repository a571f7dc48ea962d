/** Loading stays linear: positions are indexed once, never searched for per key. */
import { expect, test } from "vitest";
import { experiment, project } from "./project.ts";

function manyTasks(count: number, line: string): string {
  return experiment({
    tasks: Array.from({ length: count }, (_, index) => `[tasks.task-${index}]\n${line}`).join("\n"),
  });
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

test("10,000 tasks load, and ten times the tasks cost nowhere near a hundred times the time", async () => {
  const { write, load } = await project({ "tasks/t/task.toml": "" });
  await write("experiments/warm.toml", manyTasks(200, 'path = "tasks/t"'));
  await load("experiments/warm.toml");
  await write("experiments/few.toml", manyTasks(1000, 'path = "tasks/t"'));
  await write("experiments/many.toml", manyTasks(10_000, 'path = "tasks/t"'));
  const few = await seconds(() => load("experiments/few.toml"));
  const many = await seconds(async () => expect((await load("experiments/many.toml")).tasks).toHaveLength(10_000));
  expect(many / few).toBeLessThan(40);
  expect(many).toBeLessThan(10);
});

test("10,000 problems are told at once", async () => {
  const { write, errors } = await project();
  await write("experiments/x.toml", manyTasks(10_000, "pth = 1"));
  const lines = await errors();
  expect(lines[0]).toBe("<root>/experiments/x.toml has 10000 problems:");
  expect(lines).toHaveLength(10_001);
});

test("a chain of 1,000 profiles resolves", async () => {
  const profiles = Array.from({ length: 1000 }, (_, index) =>
    index === 999 ? `[profiles.p999]\nagent = "nop"` : `[profiles.p${index}]\nextends = "p${index + 1}"`,
  );
  const { load } = await project({ "experiments/x.toml": experiment({ profiles: profiles.join("\n") }) });
  const loaded = await load();
  expect(loaded.profiles.every(({ agent }) => agent === "nop")).toBe(true);
  expect(loaded.origins["profiles.p0.agent"]).toMatchObject({ kind: "extends", profile: "p999" });
});
