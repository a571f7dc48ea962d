/**
 * Attacks from inside a trial, by an agent and by a task, each with what has to come of it; the same for every environment.
 * SECURITY.md lists them. What holds after all of them together is in `expectUnharmed`.
 */
import { createHash } from "node:crypto";
import { lstat, readdir, readFile, readlink } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { expect } from "vitest";
import { command, type Project, task } from "./project.ts";

const ESCAPES = "\u001b]0;owned\u0007\u001b[2J\u001b[31m";
const MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>";
const FORMULA = "=cmd|' /C calc'!A0";
const REVERSED = "\u202egnp.exe";
/** A name that tries everything that shows names. */
const EVIL = `${FORMULA}${ESCAPES}${MARKUP}${REVERSED}\nforged: line\r`;
/** Of a host's file that no trial may get to see. */
export const VICTIM = "victim-content-5f3b9c";
const API_KEY = "sk-live-77aa66bb55cc44dd33ee";

const TRAJECTORY = {
  schema_version: "ATIF-v1.7",
  session_id: EVIL,
  agent: { name: EVIL, version: EVIL, model_name: EVIL },
  steps: [
    { step_id: 1, source: "user", message: EVIL },
    {
      step_id: 2,
      source: "agent",
      model_name: EVIL,
      message: EVIL,
      tool_calls: [
        { tool_call_id: EVIL, function_name: EVIL, arguments: { command: EVIL, [EVIL]: EVIL } },
        { tool_call_id: "2", function_name: `mcp__${EVIL}__${EVIL}`, arguments: {} },
      ],
      observation: { results: [{ source_call_id: EVIL, content: EVIL }] },
      metrics: { prompt_tokens: 1, completion_tokens: 1, cost_usd: 0 },
    },
  ],
  final_metrics: { total_prompt_tokens: 1, total_completion_tokens: 1, total_cost_usd: 0, total_steps: 2 },
};

export interface AgentAttack {
  readonly script: string;
  /** As `outcome [reason] [reward]`. */
  readonly comesTo: string;
  readonly more?: string;
}

/** `/app/seen` is what an attack got hold of; it is collected. */
export const AGENT_ATTACKS: Readonly<Record<string, AgentAttack>> = {
  links: {
    script: `cd /logs/agent; ln -s /etc/passwd abs; ln -s ../../../../../../../etc/passwd rel; mkdir -p d sessions; ln -s / d/root
ln -s /etc sessions/canvas; ln -s / /logs/artifacts/root; ln -s ../../../.. up; ln -s up/up/.. wound`,
    comesTo: "scored 0",
  },
  "agent-dir-is-a-link": { script: "rm -rf /logs/agent; ln -s /etc /logs/agent", comesTo: "scored 0" },
  devices: {
    script: `cd /logs/agent; mkfifo pipe; mknod zero c 1 5 || :; mknod disk b 8 0 || :
perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => "/logs/agent/socket", Listen => 1)' || :; ln -s /dev/zero endless; ln -s /proc/self/mem mem`,
    comesTo: "scored 0",
  },
  names: {
    script: `cd /logs/agent; for d in . /logs/artifacts; do (cd $d; for n in "$EVIL" "$(printf '\\377\\376bad')" '-rf' '~' '.regatta' 'CON' "$(printf %250s | tr ' ' n)"; do
n=$(printf %s "$n" | tr / _); echo x >"$n"; mkdir "$n.d"; echo x >"$n.d/f"; done); done 2>/dev/null; :`,
    comesTo: "scored 0",
    more: `set_env = { EVIL = ${tomlText(EVIL.replaceAll("/", "_"))} }`,
  },
  says: {
    script: `printf %s "$EVIL"; printf %s "$EVIL" >&2; exit 7`,
    comesTo: "scored agent-exit(7) 0",
    more: `set_env = { EVIL = ${tomlText(EVIL)} }`,
  },
  forges: {
    script: `mkdir -p /logs/verifier /logs/agent/.regatta /logs/agent/sessions/canvas /logs/.regatta /.regatta
for d in /logs /logs/agent /logs/verifier /logs/artifacts / /app; do for f in result.json reward.json ctrf.json lock.json config.json .regatta/treatment.json .regatta/outcome.json treatment.json manifest.json; do
mkdir -p $d/.regatta; echo '{"reward": 1, "verifier_result": {"rewards": {"reward": 1}}, "seen": {"version": "forged"}, "schema_version": 1}' >$d/$f; done; done
echo 1 >/logs/verifier/reward.txt; printf %s "$TRAJECTORY" >/logs/agent/trajectory.json; echo '{"cost_usd": -5, "input_tokens": 1e999, "__proto__": {"x": 1}}' >/logs/agent/usage.json`,
    comesTo: "scored 0",
    more: `set_env = { TRAJECTORY = ${tomlText(JSON.stringify(TRAJECTORY))} }`,
  },
  "deep-json": {
    script: `cd /logs/agent; perl -e 'print "[" x 3000000' >usage.json; perl -e 'print qq({"schema_version":"ATIF-v1.7","agent":{"name":"x","version":"1"},"steps":[{"step_id":1,"source":"agent","message":), "[" x 200000, "]" x 200000, "}]}"' >trajectory.json`,
    comesTo: "scored 0",
  },
  "huge-json": {
    script: `cd /logs/agent; head -c 2000000 /dev/zero | tr '\\0' 1 >usage.json; (printf '{"schema_version":"ATIF-v1.7","agent":{"name":"x","version":"1"},"steps":[{"step_id":1,"source":"agent","message":"'; head -c 60000000 /dev/zero | tr '\\0' x; printf '"}]}') >trajectory.json`,
    comesTo: "scored 0",
  },
  endless: {
    script: 'head -c "$FLOOD" /dev/zero | tr "\\0" x',
    comesTo: "scored 0",
    more: 'set_env = { FLOOD = "300000000" }',
  },
  "large-variable": {
    script: `[ \${#LARGE} = 65536 ] && echo 42 >answer`,
    comesTo: "scored 1",
    more: `set_env = { LARGE = "${"v".repeat(65_536)}" }`,
  },
  looks: {
    script: `{ ls -d /var/run/docker.sock /run/docker.sock /run/containerd /var/lib/docker /var/lib/containerd; find / -xdev -name '*victim*' ! -path '/proc/*'; grep -rl ${VICTIM.slice(0, 8)}''${VICTIM.slice(8)} /proc/[0-9]*/environ /proc/[0-9]*/cmdline /tmp /root /home /srv /mnt /opt
find / -xdev -path '*results/x*' ! -path '/proc/*'; ls /proc/1/root/home/ /proc/1/cwd/results; cat /proc/1/environ | grep -a API_KEY; } 2>/dev/null | grep -v "^/proc/self\\|^/proc/$$/" >/logs/artifacts/seen.txt; :`,
    comesTo: "scored 0",
  },
  crashes: {
    script: `cp /proc/self/environ /logs/artifacts/core; head -c 300000 /dev/urandom >>/logs/artifacts/core; printf %s "$API_KEY" >>/logs/artifacts/core
printf %s "$API_KEY" | base64 >/logs/agent/dump.b64; cd /logs/artifacts; echo x >"core.$API_KEY"; ln -s "$API_KEY" /logs/agent/link; kill -SEGV $$`,
    comesTo: "scored agent-exit(139) 0",
    more: 'env = ["API_KEY"]',
  },
  "forks-on": {
    script:
      "setsid sh -c 'i=0; while [ $i -lt 300 ]; do (while :; do sleep 9; done) & i=$((i+1)); done; sleep 99' >/dev/null 2>&1 & echo 42 >answer",
    comesTo: "scored 1",
  },
  good: { script: "echo 42 >answer", comesTo: "scored 1" },
};

export interface TaskAttack {
  readonly files: Readonly<Record<string, string>>;
  /** Of its trial by the oracle; null = the experiment is refused. */
  readonly comesTo: string;
}

const reward = (script: string): string => `cd /logs/verifier; ${script}`;

/** By task; the Dockerfile is the caller's where none is given. */
export function taskAttacks(dockerfile: string): Readonly<Record<string, TaskAttack>> {
  const one = (name: string, test: string, more: Record<string, string> = {}): Record<string, string> => ({
    ...task(name, { dockerfile, test: reward(test) }),
    ...more,
  });
  const keys = JSON.stringify({ reward: 0.5, [EVIL]: 1, constructor: 1 }).replace("{", '{"__proto__": 1, ');
  const ctrf = JSON.stringify({
    results: {
      tool: { name: EVIL },
      summary: { tests: 1e308, passed: -1, failed: "x" },
      tests: [{ name: EVIL, status: EVIL, trace: EVIL }],
    },
  });
  return {
    "names-rewards": {
      files: one(
        "names-rewards",
        `cp /tests/r.json reward.json; cp /tests/c.json ctrf.json; printf %s "$(cat /tests/c.json)"`,
        {
          "tasks/names-rewards/tests/r.json": keys,
          "tasks/names-rewards/tests/c.json": ctrf,
        },
      ),
      comesTo: "scored 0.5",
    },
    "deep-reward": {
      files: one("deep-reward", `perl -e 'print qq({"reward":), "[" x 400000, "]" x 400000, "}"' >reward.json`),
      comesTo: "not-scored verifier-failed",
    },
    "huge-reward": {
      files: one("huge-reward", "head -c 3000000 /dev/zero | tr '\\0' 1 >reward.txt"),
      comesTo: "not-scored verifier-failed",
    },
    "linked-reward": {
      files: one("linked-reward", "ln -s /etc/hostname reward.txt"),
      comesTo: "not-scored verifier-failed",
    },
    "piped-reward": { files: one("piped-reward", "mkfifo reward.json"), comesTo: "not-scored verifier-failed" },
    "endless-reward": { files: one("endless-reward", "echo 1e999 >reward.txt"), comesTo: "not-scored verifier-failed" },
    "flooding-tests": {
      files: one(
        "flooding-tests",
        "mkdir f; cd f; seq 1 30000 | xargs touch; cd ..; head -c 300000000 /dev/zero | tr '\\0' x; echo 1 >reward.txt",
      ),
      // Its reward may be among the files that are too many.
      comesTo: "not-scored verifier-failed",
    },
    "leaves-its-folder": {
      files: one(
        "leaves-its-folder",
        "cat /tests/leak /leak* /solution/leak /copied/* 2>/dev/null; echo 1 >reward.txt",
        {
          "tasks/leaves-its-folder/environment/Dockerfile": `${dockerfile}COPY . /copied/\n`,
        },
      ),
      comesTo: "scored 1",
    },
    "copies-through-a-link": {
      files: one("copies-through-a-link", "cat /leak; echo 1 >reward.txt", {
        "tasks/copies-through-a-link/environment/Dockerfile": `${dockerfile}COPY leaks/victim.txt /leak\n`,
      }),
      comesTo: "not-scored infrastructure(build-failed)",
    },
  };
}

/** The victims, and an experiment with a good task that all attacks of agents are tried on. */
export function agentExperiment(container: "local" | "docker", dockerfile: string): Record<string, string> {
  const profiles = Object.entries(AGENT_ATTACKS).map(([name, { script, more }]) => command(name, script, more));
  // A whole gigabyte where time is less dear.
  const flood = (text: string): string => (container === "docker" ? text.replace("300000000", "1073741824") : text);
  return {
    ...task("t", { dockerfile }),
    "experiments/.env": `API_KEY=${API_KEY}\n`,
    "secrets/victim.txt": VICTIM,
    "experiments/x.toml": text(container, ["t"], flood(profiles.join(""))),
  };
}

export function taskExperiment(container: "local" | "docker", dockerfile: string): Record<string, string> {
  const attacks = taskAttacks(dockerfile);
  return {
    ...Object.assign({}, ...Object.values(attacks).map(({ files }) => files)),
    "secrets/victim.txt": VICTIM,
    "experiments/x.toml": text(container, Object.keys(attacks), '[profiles.oracle]\nagent = "oracle"\n'),
  };
}

function text(container: string, tasks: readonly string[], profiles: string): string {
  return [
    'schema_version = 2\nslug = "x"',
    `[run]\ncontainer_env = "${container}"`,
    // Several at once: most wait for what an attack left behind.
    container === "local" ? "parallel = 4" : "",
    '[artifacts]\ntargets = ["canvas"]',
    ...tasks.map((name) => `[tasks.${name}]\npath = "tasks/${name}"`),
    profiles,
  ].join("\n");
}

function tomlText(value: string): string {
  // JSON's escapes are TOML's, but DEL and C1 need none in JSON.
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

interface Indexed {
  readonly task_id: string;
  readonly agent_key: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly accuracy: number | null;
  readonly results_json: string;
}

/** What each trial came to, by task or by profile. */
export async function outcomes(
  project: Project,
  by: "task_id" | "agent_key",
): Promise<Readonly<Record<string, string>>> {
  const { runs } = (await project.json("results/x/0/runs/index.json")) as { runs: Indexed[] };
  return Object.fromEntries(
    runs.map((run) => [
      run[by],
      [run.outcome, run.reason?.replace(/\(reward-.*$/, ""), run.accuracy]
        .filter((part) => part !== null && part !== undefined)
        .join(" "),
    ]),
  );
}

/** Of every file of the project but results and the program's own state: path → digest. */
export async function sourcesOf(project: Project): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const path of await filesOf(project.dir)) {
    const name = relative(project.dir, path);
    if (/^(results|\.state|cache|out)\//.test(name)) continue;
    found[name] = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  }
  return found;
}

async function entriesOf(dir: string): Promise<readonly string[]> {
  return (await readdir(dir, { recursive: true, withFileTypes: true })).map((entry) =>
    join(entry.parentPath, entry.name),
  );
}

async function filesOf(dir: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of await entriesOf(dir)) if ((await lstat(path)).isFile()) found.push(path);
  return found;
}

/** What no terminal, log or page may get from outside, but line breaks and tabs. */
// oxlint-disable-next-line no-control-regex
const ACTING = /[\u0000-\u0008\u000b-\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** After a run: nothing outside the trials' folders changed, nothing in them leads out, and what people open or see is only text. */
export async function expectUnharmed(
  project: Project,
  before: Readonly<Record<string, string>>,
  shown: readonly string[],
): Promise<void> {
  expect(await sourcesOf(project)).toEqual(before);
  const results = project.path("results");
  let bytes = 0;
  for (const path of await entriesOf(results)) {
    const stat = await lstat(path);
    bytes += stat.size;
    if (stat.isSymbolicLink()) {
      const target = resolve(dirname(path), await readlink(path));
      const [, trial] = /^(.*?\/runs\/[^/]+\/[^/]+)\//.exec(path) ?? [];
      expect(`${target}/`.startsWith(`${trial}/`), `${path} leads to ${target}`).toBe(true);
    } else expect(stat.isFile() || stat.isDirectory(), path).toBe(true);
  }
  expect(bytes).toBeLessThan(1500 << 20);
  for (const text of shown) expect(text).not.toMatch(ACTING);
  for (const path of await filesOf(results)) {
    if ((await lstat(path)).size > 20 << 20) continue;
    const name = relative(results, path);
    const content = await readFile(path);
    expect(content.includes(VICTIM), `${name} holds the victim`).toBe(false);
    expect(content.includes(API_KEY), `${name} holds the key`).toBe(false);
    // What a sandbox or a person wrote is kept as it is, and a cache is for no eyes.
    if (/\/(agent|verifier|artifacts)\/|\/experiment\.toml$|\/readings\.jsonl$/.test(`/${name}`)) continue;
    const read = content.toString();
    expect(read, name).not.toMatch(ACTING);
    if (name.endsWith(".html") || name.endsWith(".svg")) expect(read, name).not.toContain(MARKUP.slice(0, 20));
    if (name.endsWith(".csv")) {
      for (const cell of read.split(/,|\r\n/)) expect(cell, name).not.toMatch(/^"?[=@\t\r]/);
    }
    if (/\.(log|jsonl)$/.test(name)) expect(read, name).not.toMatch(/^forged: line/m);
  }
}
