/** A clock that is set while a run goes on: by hand, or by the network's time after a machine has slept. */
import { expect, test } from "vitest";
import { command, experiment, makeProject, task } from "../support/project.ts";
import { openGate } from "../support/gate.ts";

/** Loaded before the program: from SIGUSR2 on it is another time. */
function steppedBy(milliseconds: number): string {
  return `
const Real = Date;
let offset = 0;
process.on("SIGUSR2", () => void (offset = ${milliseconds}));
globalThis.Date = class extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + offset);
    else super(...given);
  }
  static now() {
    return Real.now() + offset;
  }
};
`;
}

interface Span {
  readonly startedAt: string;
  readonly finishedAt: string;
}

const DAY = 86_400_000;

for (const [how, step] of [
  ["back", -DAY],
  ["forward", DAY],
] as const) {
  test(`set ${how} by a day: times of a trial stay in order, nothing times out, and its owner is still alive`, async () => {
    const gate = await openGate();
    const project = await makeProject({
      ...task("a"),
      ...experiment(["a"], command("waits", `echo 42 > /app/answer; ${gate.knock}`), "run_timeout_sec = 600"),
      "step.mjs": steppedBy(step),
    });
    const run = project.start(["run", "experiments/x.toml"], { NODE_OPTIONS: `--import ${project.path("step.mjs")}` });
    await gate.knocked;
    run.child.kill("SIGUSR2");
    const second = await project.regatta(["run", "experiments/x.toml", "--batch", "0"]);
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("is being run by");
    gate.open();
    const { code, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    const [job = ""] = (await project.list("results/x/0/runs")).filter((name) => name.endsWith("__waits"));
    const [trial = ""] = (await project.list(`results/x/0/runs/${job}`)).filter((name) => name.startsWith("a__"));
    const { record } = (await project.json(`results/x/0/runs/${job}/${trial}/.regatta/trial.json`)) as {
      record: Span & { phases: Record<string, Span> };
    };
    const moments = [
      record.startedAt,
      ...Object.values(record.phases).flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]),
      record.finishedAt,
    ];
    expect(moments).toEqual(moments.toSorted());
    expect(Date.parse(record.finishedAt) - Date.parse(record.startedAt)).toBeLessThan(60_000);
  });
}
