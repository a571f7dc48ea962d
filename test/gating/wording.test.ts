/** What is printed of small and of clear results: one of a thing is one, nothing is said twice, and no p is 0. */
import { expect, test } from "vitest";
import { result } from "../analytics/jobs.ts";
import { makeProject, type Project } from "../support/project.ts";

async function jobsOf(jobs: Readonly<Record<string, Readonly<Record<string, number>>>>): Promise<Project> {
  const files = Object.entries(jobs).flatMap(([job, tasks]) =>
    Object.entries(tasks).map(([task, reward]) => [
      `jobs/${job}/${task}__x/result.json`,
      JSON.stringify(result({ task_name: task, verifier_result: { rewards: { reward } } })),
    ]),
  );
  return makeProject(Object.fromEntries(files) as Record<string, string>);
}

/** Everything that is written or printed of them, with single blanks. */
async function saidOf(project: Project): Promise<string> {
  const analyzed = await project.regatta(["analyze", "--runs", "jobs", "--output", "out"]);
  const compared = await project.regatta(["compare", "jobs/a", "jobs/b"]);
  const gated = await project.regatta([
    "gate",
    "jobs/a",
    "jobs/b",
    "--markdown",
    "out/gate.md",
    "--junit",
    "out/gate.xml",
  ]);
  expect([analyzed.code, compared.code, compared.stderr, gated.stderr]).toEqual([0, 0, "", ""]);
  const page = (await project.read("out/report.html")).replace(/<script>[^]*?<\/script>|<style>[^]*?<\/style>/g, "");
  const files = await Promise.all(
    ["comparison_report.md", "gate.md", "gate.xml"].map((name) => project.read(`out/${name}`)),
  );
  return [analyzed.stdout, compared.stdout, gated.stdout, page.replaceAll(/<[^>]+>/g, " "), ...files]
    .join("\n")
    .replaceAll("&lt;", "<")
    .replaceAll("\\<", "<")
    .replaceAll(/\s+/g, " ");
}

const NOUNS =
  "tasks|trials|attempts|comparisons|profiles|pairs|steps|actions|calls|metrics|rows|patterns|jobs|cells|differences";
/** `1 shared tasks`; not `0.1 tasks`, nor `of 21 trials`. */
const ONE_OF_MANY = new RegExp(`(?<![\\d.,])1 (?:[a-z]+ )?(?:${NOUNS})\\b[^,;.:)]{0,20}`, "g");

test("one task, one comparison", async () => {
  const said = await saidOf(await jobsOf({ a: { t: 1 }, b: { t: 0 } }));
  expect(said).toContain("over 1 shared task (");
  expect(said).toContain("1 of 1 comparison is open");
  expect(said.match(ONE_OF_MANY) ?? []).toEqual([]);
});

test("tasks that changed under their names are told of wherever there are figures of them", async () => {
  const files = ["a", "b"].map((job) => [
    `jobs/${job}/t__x/result.json`,
    JSON.stringify(result({ task_name: "t", task_checksum: `of ${job}` })),
  ]);
  const project = await makeProject(Object.fromEntries(files) as Record<string, string>);
  const { stdout } = await project.regatta(["analyze", "--runs", "jobs", "--output", "out"]);
  const written = await Promise.all(["report.html", "comparison_report.md"].map((name) => project.read(`out/${name}`)));
  for (const said of [stdout, ...written])
    expect(said.replaceAll(/\s+/g, " ")).toContain(
      "1 task was not the same for every trial (different checksums under one name): t.",
    );
});

test("no task is shared: said once in a sentence", async () => {
  const said = await saidOf(await jobsOf({ a: { s: 1 }, b: { t: 0 } }));
  expect(said).toContain("not told apart from a: there are no shared tasks.");
  expect(said).not.toMatch(/there are no shared tasks[;,] there are no shared tasks/);
  expect(said.match(ONE_OF_MANY) ?? []).toEqual([]);
});

test("a p that is very small is below a bound, never 0 and never '= <'", async () => {
  const tasks = (reward: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${at}`, reward]));
  const said = await saidOf(await jobsOf({ a: tasks(0), b: tasks(1) }));
  expect(said).toContain("p < 0.0001 after Holm");
  expect(said).not.toMatch(/p = <|p = 0(\.0+)?(?![.\d])|p = \d(\.\d+)?e-/);
});
