/** Dockerfiles as local applies them: what they leave in the sandbox, and how often they are run. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { createLocalProvider } from "../../src/environments/local/provider.ts";
import { BuildFailure, EnvironmentFailure } from "../../src/environments/environment.ts";
import { contractBed, run, sh } from "../../src/environments/testing/contract-bed.ts";

const stateRoot = mkdtempSync(join(tmpdir(), "regatta-build-"));
const provider = createLocalProvider({ stateRoot });
const bed = contractBed(provider);
const root = process.getuid?.() === 0;
afterEach(() => bed.clean());
afterAll(() => rmSync(stateRoot, { recursive: true, force: true }));

/** A build context with this Dockerfile in it. */
async function context(dockerfile: string, files: Readonly<Record<string, string>> = {}) {
  const contextDir = await bed.scratch();
  for (const [name, content] of Object.entries({ Dockerfile: dockerfile, ...files })) {
    mkdirSync(join(contextDir, name, ".."), { recursive: true });
    writeFileSync(join(contextDir, name), content);
  }
  return { contextDir, dockerfile: join(contextDir, "Dockerfile"), workdir: null };
}

/** Starts an environment and gives what its build said. */
async function built(spec: Awaited<ReturnType<typeof context>>, forceRebuild = false) {
  const log: string[] = [];
  const environment = bed.create({ ...spec, forceRebuild });
  await environment.start({ log: (line) => void log.push(line) });
  return { environment, log, ran: log.filter((line) => line.startsWith("RUN ")).length };
}

const FULL = `FROM nowhere
ENV GREETING="hello there"
WORKDIR /app
COPY a.txt .
COPY sub/ /copied/
COPY *.txt glob/
COPY --chmod=751 a.txt /made/tool
COPY a.txt /copied
COPY <<END /made/by/heredoc
$GREETING
END
RUN echo "$GREETING" >said && rm /copied/gone
RUN <<END
pwd >where
echo $GREETING >>where
END
ENV LATER=yes`;

describe("a Dockerfile in local", () => {
  it("gives the workdir, the variables and the files, in order", async () => {
    const files = { "a.txt": "a", "b.txt": "b", "sub/in": "in", "sub/gone": "gone", "sub/secret.key": "no" };
    const spec = await context(FULL, { ...files, ".dockerignore": "**/*.key\nDockerfile\n" });
    const { environment, log } = await built(spec);
    expect(log.join("\n")).toContain("nowhere is not honoured");
    const look =
      'pwd; echo "$GREETING $LATER"; cat said where; find /app /copied /made -type f | sort; stat -c %a /made/tool; cat /made/by/heredoc';
    const found = [
      "/app/a.txt",
      "/app/glob/a.txt",
      "/app/glob/b.txt",
      "/app/said",
      "/app/where",
      "/copied/a.txt",
      "/copied/in",
      "/made/by/heredoc",
      "/made/tool",
    ];
    expect((await sh(environment, look)).stdout).toBe(
      ["/app", "hello there yes", "hello there", "/app", "hello there", ...found, "751", "hello there", ""].join("\n"),
    );
  });

  it.skipIf(!root)("gives files and execs to users, and lets RUN change the system", async () => {
    const spec = await context(
      `FROM x
RUN useradd -u 4242 -m racer && printf '#!/bin/sh\\necho mine\\n' >/usr/bin/mine && chmod +x /usr/bin/mine && rm -rf /usr/share/doc
COPY --chown=racer:racer f /home/racer/f
USER racer
RUN touch /home/racer/own`,
      { f: "x" },
    );
    const { environment } = await built(spec);
    const { stdout } = await sh(
      environment,
      "id -un; mine; stat -c '%U %n' /home/racer/f /home/racer/own; ls /usr/share/doc 2>&1",
    );
    expect(stdout).toMatch(/^racer\nmine\nracer \/home\/racer\/f\nracer \/home\/racer\/own\nls: .*No such file/);
    expect((await run(environment, { argv: ["id", "-u"], user: 0 })).stdout).toBe("0\n");
  });

  it("runs each RUN once for many trials, and again only from the first change on", async () => {
    const spec = await context("FROM x\nRUN echo one >/one\nCOPY f /f\nRUN cat /f >/two", { f: "1", unused: "u" });
    const all = await Promise.all(Array.from({ length: 8 }, () => built(spec)));
    expect(all.map(({ ran }) => ran).filter((ran) => ran > 0)).toEqual([2]);
    for (const { environment } of all)
      expect((await sh(environment, "cat /one /two; echo x >/one")).stdout).toBe("one\n1");
    writeFileSync(join(spec.contextDir, "unused"), "changed");
    expect((await built(spec)).ran).toBe(0);
    writeFileSync(join(spec.contextDir, "f"), "2");
    const changed = await built(spec);
    expect(changed.ran).toBe(1);
    expect((await sh(changed.environment, "cat /one /two")).stdout).toBe("one\n2");
  });

  it("builds anew when asked, once, while trials on the old layers go on", async () => {
    const spec = await context("FROM x\nRUN cat /proc/sys/kernel/random/uuid >/id");
    const old = await built(spec);
    const id = (await sh(old.environment, "cat /id")).stdout;
    const anew = await built(spec, true);
    const again = await built(spec, true);
    const later = await built(spec);
    const fresh = (await sh(anew.environment, "cat /id")).stdout;
    expect(fresh).not.toBe(id);
    expect([again.ran, later.ran]).toEqual([0, 0]);
    expect((await sh(later.environment, "cat /id")).stdout).toBe(fresh);
    expect((await sh(old.environment, "cat /id")).stdout).toBe(id);
  });

  it("blames the task for a RUN that fails, a source that is missing and a link that leads out; nothing is kept of them", async () => {
    const failure = built(await context("FROM x\nRUN echo before\nRUN echo the reason >&2; exit 3"));
    await expect(failure).rejects.toBeInstanceOf(BuildFailure);
    await expect(failure).rejects.toThrow(/line 3.*exited with 3.*the reason/);
    await expect(built(await context("FROM x\nCOPY none /x"))).rejects.toThrow(/line 2.*none/);
    await expect(built(await context("FROM x\nCOPY ../up /x"))).rejects.toThrow(/line 2.*up/);
    const leading = await context("FROM x\nCOPY link /x");
    symlinkSync("/etc/shadow", join(leading.contextDir, "link"));
    await expect(built(leading)).rejects.toThrow(/line 2.*link.*leads out/);
    await expect(built(await context("FROM x\nFROM y"))).rejects.toBeInstanceOf(EnvironmentFailure);
    await bed.clean();
    expect(readdirSync(join(stateRoot, "envs"))).toEqual([]);
    expect(readdirSync(join(stateRoot, "layers")).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  });

  it("stops a build when its only trial is aborted or stopped, and goes on for another that waits", async () => {
    const spec = await context("FROM x\nRUN for i in 1 2 3 4 5 6 7 8; do sleep 0.1; echo tick; done");
    const controller = new AbortController();
    const first = bed.create(spec);
    const second = bed.create(spec);
    const ticked = new Promise<void>((resolve) => {
      const log = (line: string) => void (line === "tick" && resolve());
      first.start({ signal: controller.signal, log }).catch(() => undefined);
    });
    const other = second.start();
    await ticked;
    controller.abort();
    await other;
    const slow = bed.create(await context("FROM x\nRUN sleep 600"));
    const stops: Promise<void>[] = [];
    const starting = slow.start({ log: (line) => void (line.startsWith("RUN") && stops.push(slow.stop())) });
    await expect(starting).rejects.toThrow(/stop/);
    await Promise.all(stops);
    expect(readdirSync(join(stateRoot, "envs")).filter((name) => name.startsWith("build-"))).toEqual([]);
  });
});
