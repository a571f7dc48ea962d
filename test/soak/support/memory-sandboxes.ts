/**
 * Sandboxes that are a map of files: as quick as a function call, so that thousands of runs can be cut off and continued.
 * What a command does is told by its text: the oracle's script and the tests are the only programs there are.
 */
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  type Environment,
  type EnvironmentProvider,
  type EnvironmentSpec,
  type ExecRequest,
  FileMissing,
} from "../../../src/environments/environment.ts";

export interface MemorySandboxes {
  readonly provider: EnvironmentProvider;
  /** Names of those that were started and not stopped. */
  readonly standing: () => readonly string[];
}

export function memorySandboxes(): MemorySandboxes {
  const standing = new Map<string, EnvironmentSpec>();
  const provider: EnvironmentProvider = {
    name: "local",
    abilities: () => Promise.reject(new Error("the plan was made with another provider")),
    check: () => Promise.resolve([]),
    prepare: () => Promise.resolve(null),
    imageNamed: () => Promise.resolve(null),
    create(spec) {
      return sandbox(
        () => void standing.set(spec.name, spec),
        () => void standing.delete(spec.name),
      );
    },
    outage: () => Promise.resolve(null),
    fills: () => Promise.resolve([]),
    hostPlace: () => Promise.resolve(null),
    capacity: () => Promise.resolve({ each: { openFiles: 0, processes: 0 }, addresses: null, clock: null }),
    list: () =>
      Promise.resolve(
        [...standing.values()].map(({ name, labels }) => ({
          name,
          labels,
          remove: () => Promise.resolve(void standing.delete(name)),
        })),
      ),
  };
  return { provider, standing: () => [...standing.keys()] };
}

function sandbox(begin: () => void, end: () => void): Environment {
  const files = new Map<string, Buffer>();
  const below = (dir: string): readonly string[] =>
    [...files.keys()].filter((path) => path.startsWith(`${dir}/`)).sort();

  async function put(from: string, to: string): Promise<void> {
    if ((await stat(from)).isFile()) {
      files.set(to, await readFile(from));
      return;
    }
    for (const name of await readdir(from)) await put(join(from, name), `${to}/${name}`);
  }

  async function exec({ argv, onOutput }: ExecRequest) {
    const text = argv.join(" ");
    const say = async (line: string): Promise<void> => onOutput?.("stdout", Buffer.from(line));
    if (text.includes("rm -rf /tests"))
      for (const path of [...below("/tests"), ...below("/logs/verifier")]) files.delete(path);
    if (text.includes("solve.sh")) {
      await say("solving\n");
      files.set("/app/answer", Buffer.from("42\n"));
      files.set("/logs/agent/notes.txt", Buffer.from("solved\n"));
    }
    if (text.includes("echo 41")) {
      files.set("/app/answer", Buffer.from("41\n"));
      files.set("/logs/agent/usage.json", Buffer.from('{ "input_tokens": 7, "output_tokens": 5, "cost_usd": 0.25 }'));
    }
    if (text.includes("/tests/test.sh;")) {
      await say("testing\n");
      const reward = files.get("/app/answer")?.toString() === "42\n" ? "1" : "0";
      files.set("/logs/verifier/reward.txt", Buffer.from(`${reward}\n`));
    }
    return { ended: "exited" as const, exitCode: 0, seconds: 0 };
  }

  return {
    start: () => Promise.resolve(begin()),
    exec,
    readFile(path) {
      const content = files.get(path);
      return content === undefined ? Promise.reject(new FileMissing(path)) : Promise.resolve(content);
    },
    writeFile: (path, data) => Promise.resolve(void files.set(path, Buffer.from(data))),
    upload: put,
    async download(from, to) {
      let bytes = 0;
      await mkdir(to, { recursive: true });
      const paths = below(from);
      for (const path of paths) {
        const content = files.get(path) ?? Buffer.alloc(0);
        const target = join(to, path.slice(from.length + 1));
        await mkdir(dirname(target), { recursive: true });
        const file = await open(target, "w");
        await file.writeFile(content);
        await file.close();
        bytes += content.length;
      }
      return { files: paths.length, bytes, leftOut: [], leftOutCount: 0 };
    },
    killProcesses: () => Promise.resolve([]),
    stop: () => Promise.resolve(end()),
    image: () => null,
    incidents: () => Promise.resolve([]),
    resources: () =>
      Promise.resolve({
        cpuSec: null,
        throttledSec: null,
        peakMemoryMib: null,
        diskMb: null,
        oomKills: null,
        waitedSec: null,
      }),
  };
}
