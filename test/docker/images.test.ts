/** What trials really ran in: recorded by id, so that a tag which points elsewhere by now is seen. */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { contractBed } from "../../src/environments/testing/contract-bed.ts";
import { experiment, makeProject, NOP, ORACLE, type Project, task } from "../support/project.ts";
import { BASE_IMAGE } from "./base-image.ts";

const ENGINE = { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "" };

function docker(args: readonly string[], input = ""): string {
  return execFileSync("docker", args, { encoding: "utf8", input, stdio: ["pipe", "pipe", "pipe"] }).trim();
}

function idOf(name: string): string {
  return docker(["image", "inspect", "--format", "{{.Id}}", name]);
}

/** @returns the image that has the tag now */
function build(tag: string): string {
  docker(["build", "--quiet", "--tag", tag, "-"], `FROM ${BASE_IMAGE}\nLABEL made=${randomUUID()}\n`);
  return idOf(tag);
}

interface Run {
  readonly project: Project;
  readonly tag: string;
  /** Of the tag, as trials ran in it. */
  readonly id: string;
  /** Of the image that was built for the other task. */
  readonly built: { readonly name: string; readonly id: string };
}

async function ran(): Promise<Run> {
  const tag = `regatta-test-moving:${randomUUID().slice(0, 8)}`;
  const id = build(tag);
  const made = [id];
  onTestFinished(() => {
    const all = docker(["images", "--quiet", "--no-trunc", "--filter", `reference=${tag}`]).split("\n");
    for (const each of new Set([...made, ...all]))
      if (each !== "" && docker(["images", "--all", "--quiet", "--no-trunc"]).includes(each))
        docker(["rmi", "--force", each]);
  });
  const text = experiment(["named", "built"], `${ORACLE}${NOP}`)["experiments/x.toml"] ?? "";
  const project = await makeProject({
    ...task("named", { toml: `[environment]\ndocker_image = "${tag}"\nworkdir = "/app"\n` }),
    ...task("built", { dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\nLABEL made=${randomUUID()}\n` }),
    "experiments/x.toml": text.replace('container_env = "local"', 'container_env = "docker"'),
  });
  const ended = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  expect(ended.code, ended.stderr).toBe(0);
  const [log = ""] = (await recordsOf(project, "built")).map(({ image }) => image?.name ?? "");
  if (log !== "") made.push(idOf(log));
  return { project, tag, id, built: { name: log, id: log === "" ? "" : idOf(log) } };
}

interface Recorded {
  readonly file: string;
  readonly image?: { readonly name: string; readonly id: string; readonly digests: readonly string[] };
}

/** Of every trial of a task in the first batch. */
async function recordsOf(project: Project, name: string, batch = 0): Promise<readonly Recorded[]> {
  const runs = `results/x/${batch}/runs`;
  const names = await readdir(project.path(runs), { recursive: true });
  const files = names.filter((each) => each.includes(`/${name}__`) && each.endsWith(".regatta/trial.json"));
  return Promise.all(
    files.map(async (each) => {
      const file = `${runs}/${each}`;
      const { record } = (await project.json(file)) as { record: Recorded };
      return { ...record, file };
    }),
  );
}

test("ids are recorded of named and built images; a tag that points elsewhere is told, refused, and put back", async () => {
  const { project, tag, id, built } = await ran();
  expect((await recordsOf(project, "named")).map(({ image }) => image)).toEqual(
    Array.from({ length: 2 }, () => ({ name: tag, id, digests: [] })),
  );
  expect(built.name).toMatch(/^regatta-task:[0-9a-f]+$/);
  expect((await recordsOf(project, "built")).map(({ image }) => image?.id)).toEqual([built.id, built.id]);
  const fresh = await project.regatta(["verify", "x/0"], ENGINE);
  expect([fresh.code, fresh.stdout]).toEqual([0, "x/0: nothing has drifted (2 tasks, 2 profiles, 4 trials).\n"]);

  const away = await project.regatta(["verify", "x/0"], { DOCKER_HOST: "tcp://127.0.0.1:1" });
  expect([away.code, away.stdout]).toEqual([0, expect.stringContaining("Images could not be compared")]);

  const other = build(tag);
  const moved = await project.regatta(["verify", "x/0", "--json"], ENGINE);
  expect(moved.code).toBe(1);
  expect((JSON.parse(moved.stdout) as { images: unknown }).images).toContainEqual({
    task: "named",
    name: tag,
    id,
    digests: [],
    trials: 2,
  });
  expect((JSON.parse(moved.stdout) as { inputs: unknown }).inputs).toEqual([
    { about: "image", what: `tasks.named.image ${tag}`, a: id, b: other },
  ]);
  const refused = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`tasks.named.image ${tag}: ${id} → ${other}`);
  expect(refused.stderr).toContain(`docker tag ${id} ${tag}`);
  expect(await project.list("results/x")).toEqual(["0"]);

  // What is run now runs in another image, and a comparison says so.
  expect((await project.regatta(["run", "experiments/x.toml", "--new"], ENGINE)).code).toBe(0);
  const compared = await project.regatta(["compare", "x/0", "x/1", "--json"], ENGINE);
  expect((JSON.parse(compared.stdout) as { drift: unknown }).drift).toEqual([
    { about: "image", what: `image of named`, a: `${tag} ${id}`, b: `${tag} ${other}` },
  ]);

  docker(["tag", id, tag]);
  expect((await project.regatta(["verify", "x/0"], ENGINE)).code).toBe(0);
}, 240_000);

test("an image that is gone is told, and refused by name; what is built again is accepted by a flag that says so", async () => {
  const { project, built } = await ran();
  docker(["rmi", built.name]);
  const gone = await project.regatta(["verify", "x/0"], ENGINE);
  expect(gone.code).toBe(1);
  expect(gone.stdout.replace(/\s+/g, " ")).toContain(`tasks.built.image ${built.name}: ${built.id} → it is not here`);
  const refused = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`tasks.built.image ${built.name}: ${built.id} → it is not here`);
  expect(refused.stderr).toContain(`not here under another name: ${built.name}`);
  expect(refused.stderr).toContain("--accept-other-images");
  expect(await project.list("results/x")).toEqual(["0"]);

  const again = await project.regatta(["reproduce", "x/0", "--accept-other-images"], ENGINE);
  expect([again.code, again.stderr]).toEqual([
    0,
    expect.stringContaining(`note: accepted: tasks.built.image ${built.name}`),
  ]);
  expect(await recordsOf(project, "built", 1)).toHaveLength(2);

  // It is here again, and then its name means another.
  const other = build(built.name);
  onTestFinished(() => void docker(["rmi", "--force", other]));
  const rebuilt = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect([rebuilt.code, rebuilt.stderr]).toEqual([
    2,
    expect.stringContaining(`tasks.built.image ${built.name}: ${built.id} → `),
  ]);
  expect(await project.list("results/x")).toEqual(["0", "1"]);
}, 240_000);

test("an image that lost its name is put back by what is printed", async () => {
  const { project, tag, id } = await ran();
  docker(["tag", id, `${tag}-kept`]);
  docker(["rmi", tag]);
  const refused = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect(refused.code).toBe(2);
  const [, from = "", to = ""] = /put back by: docker tag (\S+) (\S+)/.exec(refused.stderr) ?? [];
  docker(["tag", from, to]);
  expect((await project.regatta(["reproduce", "x/0"], ENGINE)).code).toBe(0);
}, 240_000);

test("images that every run builds anew need not come out the same: refused, unless that is accepted", async () => {
  const text = experiment(["built"], ORACLE, "force_rebuild = true")["experiments/x.toml"] ?? "";
  const project = await makeProject({
    ...task("built", { dockerfile: `FROM ${BASE_IMAGE}\nWORKDIR /app\nLABEL made=${randomUUID()}\n` }),
    "experiments/x.toml": text.replace('container_env = "local"', 'container_env = "docker"'),
  });
  const ended = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  expect(ended.code, ended.stderr).toBe(0);
  const [first] = await recordsOf(project, "built");
  const { name = "", id = "" } = first?.image ?? {};
  onTestFinished(() => void docker(["rmi", "--force", name]));
  const refused = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(`tasks.built.image ${name}: ${id} → force_rebuild builds it anew`);
  expect(refused.stderr).toContain("--accept-other-images");
  expect((await project.regatta(["reproduce", "x/0", "--accept-other-images"], ENGINE)).code).toBe(0);
}, 240_000);

test("a batch from before ids were recorded can be verified, compared and reproduced, and it is said that they are not", async () => {
  const { project, tag } = await ran();
  for (const { file } of [...(await recordsOf(project, "named")), ...(await recordsOf(project, "built"))]) {
    const extras = (await project.json(file)) as { record: Record<string, unknown> };
    delete extras.record["image"];
    await project.write({ [file]: JSON.stringify(extras) });
  }
  build(tag);
  const verified = await project.regatta(["verify", "x/0"], ENGINE);
  expect(verified.code).toBe(0);
  expect(verified.stdout.replace(/\s+/g, " ")).toContain("not recorded which images 4 of 4 trials ran in");
  const again = await project.regatta(["reproduce", "x/0"], ENGINE);
  expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("not recorded which images")]);
  const compared = await project.regatta(["compare", "x/0", "x/1", "--json"], ENGINE);
  expect((JSON.parse(compared.stdout) as { drift: unknown }).drift).toEqual([
    { about: "image", what: "image of 2 tasks", a: "not recorded", b: "recorded" },
  ]);
}, 240_000);

test("an image that is removed between being made ready and being used is made ready again", async () => {
  const project = await makeProject(task("t", { dockerfile: `FROM ${BASE_IMAGE}\nLABEL made=${randomUUID()}\n` }));
  const bed = contractBed(createDockerProvider());
  onTestFinished(() => bed.clean());
  const spec = bed.spec({
    contextDir: project.path("tasks/t/environment"),
    dockerfile: project.path("tasks/t/environment/Dockerfile"),
  });
  const ready = await bed.provider.prepare(spec, { signal: new AbortController().signal, log: () => undefined });
  if (ready === null) throw new Error("Docker has images");
  onTestFinished(() => void docker(["rmi", ready.name]));
  docker(["rmi", "--force", ready.id]);
  const environment = await bed.started(spec);
  expect(environment.image()).toMatchObject({ name: ready.name, id: idOf(ready.name) });
  await environment.stop();
}, 120_000);
