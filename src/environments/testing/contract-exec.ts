/** Contract: running commands. */
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { EnvironmentFailure } from "../environment.ts";
import { run, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

export function execContract({ bed, needs, abilities }: ContractContext): void {
  describe("exec", () => {
    it("streams both outputs apart, in order, and gives the exit code", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "echo one; echo bad >&2; echo two; exit 7");
      expect(result).toMatchObject({ ended: "exited", exitCode: 7, stdout: "one\ntwo\n", stderr: "bad\n" });
      expect(result.seconds).toBeGreaterThan(0);
    });

    it("hands output over while the command runs", async () => {
      const environment = await bed().started();
      let first = "";
      const { resolve, promise } = signalled();
      const ended = environment.exec({
        argv: ["sh", "-c", "echo ready; read -r line; echo got $line"],
        stdin: Readable.from(waitThen(promise, "go\n")),
        onOutput: (_stream, chunk) => {
          first += Buffer.from(chunk).toString();
          resolve();
        },
      });
      expect((await ended).exitCode).toBe(0);
      expect(first).toBe("ready\ngot go\n");
    });

    it("gives 128 + n for a signal and 127 for a program that is not there", async () => {
      const environment = await bed().started();
      expect((await sh(environment, "kill -KILL $$")).exitCode).toBe(137);
      expect((await sh(environment, "kill -SEGV $$")).exitCode).toBe(139);
      expect((await run(environment, { argv: ["no-such-program"] })).exitCode).toBe(127);
    });

    it("passes arguments as they are", async () => {
      const environment = await bed().started();
      const odd = ["a b", "", "$HOME", "'\"\\", "new\nline", "ünïcödé", "-n", "--"];
      const result = await run(environment, { argv: ["printf", "[%s]", ...odd] });
      expect(result.stdout).toBe(odd.map((word) => `[${word}]`).join(""));
    });

    it("runs in the working directory, or in `cwd`, and refuses one that is not there", async () => {
      const environment = await bed().started();
      expect((await run(environment, { argv: ["pwd"] })).stdout).toBe("/work dir\n");
      expect((await run(environment, { argv: ["pwd"], cwd: "/usr" })).stdout).toBe("/usr\n");
      await sh(environment, "ln -s /usr/share /link; mkdir -p '/a/b c'; ln -s '../b c' '/a/b c/up'");
      expect((await run(environment, { argv: ["pwd", "-P"], cwd: "/link" })).stdout).toBe("/usr/share\n");
      expect((await run(environment, { argv: ["pwd", "-P"], cwd: "/a/b c/up/up" })).stdout).toBe("/a/b c\n");
      const refused = run(environment, { argv: ["true"], cwd: "/not/there" });
      await expect(refused).rejects.toThrow(/\/not\/there/);
      await expect(refused).rejects.toBeInstanceOf(EnvironmentFailure);
    });

    it("gives the environment's variables and the request's, and nothing of the host's", async () => {
      process.env["REGATTA_CONTRACT_HOST"] = "must not be seen";
      try {
        const environment = await bed().started();
        const odd = "a 'b' \"c\" $HOME `id` \\ \n second line ";
        const { stdout } = await run(environment, {
          argv: ["env", "-0"],
          env: { ODD: odd, IFS: "x", LD_AUDIT: "", A_B: "1" },
        });
        const seen = new Map(
          stdout
            .split("\0")
            .filter(Boolean)
            .map((pair): [string, string] => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
        );
        expect(seen.get("FROM_SPEC")).toBe("spec");
        expect(seen.get("ODD")).toBe(odd);
        expect(seen.get("A_B")).toBe("1");
        expect(seen.get("HOME")).toBe("/root");
        expect(seen.get("PATH")).toContain("/usr/bin");
        expect(seen.has("REGATTA_CONTRACT_HOST")).toBe(false);
        const known = ["FROM_SPEC", "ODD", "IFS", "LD_AUDIT", "A_B", "HOME", "PATH", "HOSTNAME", "PWD"];
        expect([...seen.keys()].filter((name) => !known.includes(name))).toEqual([]);
        expect((await sh(environment, "echo $FROM_SPEC", { env: { FROM_SPEC: "request" } })).stdout).toBe("request\n");
      } finally {
        delete process.env["REGATTA_CONTRACT_HOST"];
      }
    });

    it("runs as root unless asked otherwise", async () => {
      const environment = await bed().started();
      expect((await run(environment, { argv: ["id", "-u"] })).stdout).toBe("0\n");
      expect((await run(environment, { argv: ["id", "-u"], user: 0 })).stdout).toBe("0\n");
      expect((await run(environment, { argv: ["id", "-u"], user: "root" })).stdout).toBe("0\n");
      await expect(run(environment, { argv: ["id"], user: "no-such-user" })).rejects.toThrow(/no-such-user/);
    });

    needs(abilities.canSwitchUser)("switches to a user by name and number, with its groups and home", async () => {
      const environment = await bed().started();
      await sh(
        environment,
        "echo 'racer:x:4242:4243::/home/racer:/bin/sh' >>/etc/passwd; echo 'crew:x:4244:racer' >>/etc/group",
      );
      const named = await sh(environment, "id -u; id -G; echo $HOME; grep CapEff /proc/self/status", {
        user: "racer",
      });
      expect(named.stdout).toBe("4242\n4243 4244\n/home/racer\nCapEff:\t0000000000000000\n");
      expect((await sh(environment, "id -u; id -g", { user: 4242 })).stdout).toBe("4242\n4243\n");
      expect((await sh(environment, "id -u; id -g; echo $HOME", { user: "5151" })).stdout).toBe("5151\n0\n/\n");
      const refused = await sh(environment, "echo x >/etc/passwd; echo x >/dev/stdout; echo y >/dev/stderr", {
        user: "racer",
      });
      expect(refused).toMatchObject({ stdout: "x\n" });
      expect(refused.stderr).toMatch(/denied[\s\S]*y\n$/);
    });

    it("feeds text, bytes and streams to stdin, and nothing by default", async () => {
      const environment = await bed().started();
      const cat = (stdin?: string | Uint8Array | Readable) =>
        run(environment, { argv: ["cat"], ...(stdin === undefined ? {} : { stdin }) });
      expect((await cat()).stdout).toBe("");
      expect((await cat("")).stdout).toBe("");
      expect((await cat("text\n")).stdout).toBe("text\n");
      expect((await cat(Buffer.from("bytes"))).stdout).toBe("bytes");
      expect((await cat(Readable.from(["a", "b"]))).stdout).toBe("ab");
      expect((await sh(environment, "cat /dev/stdin", { stdin: "by name" })).stdout).toBe("by name");
    });

    it("does not mind a command that leaves its input unread", async () => {
      const environment = await bed().started();
      const result = await run(environment, { argv: ["head", "-c", "3"], stdin: Buffer.alloc(8 << 20, "x") });
      expect(result).toMatchObject({ exitCode: 0, stdout: "xxx" });
    });

    it("ends an exec whose input fails, with that error", async () => {
      const environment = await bed().started();
      const broken = Readable.from(failAfter("some"));
      await expect(run(environment, { argv: ["cat"], stdin: broken })).rejects.toThrow("input broke");
    });

    it("has real pipes: /dev/stdout and /dev/stderr can be opened", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "echo out >/dev/stdout; echo err >/dev/stderr; echo tee | tee /dev/stderr");
      expect(result).toMatchObject({ stdout: "out\ntee\n", stderr: "err\ntee\n" });
    });

    it("returns when the command ends, though a child keeps its output open, and loses nothing of what was written", async () => {
      const environment = await bed().started();
      const result = await sh(environment, "sleep 60 & head -c 60000 /dev/zero; echo done");
      expect(result.exitCode).toBe(0);
      expect(result.stdout.length).toBe(60_005);
      expect(result.seconds).toBeLessThan(10);
    });

    it("keeps what an exec left running", async () => {
      const environment = await bed().started();
      await sh(environment, "(sleep 0.05; echo later >/left) >/dev/null 2>&1 &");
      expect(
        (await sh(environment, "while [ ! -s /left ]; do sleep 0.02; done; cat /left", { timeoutSec: 10 })).stdout,
      ).toBe("later\n");
    });

    it("passes 100 MB through with flat memory", async () => {
      const environment = await bed().started();
      const hash = createHash("sha256");
      let bytes = 0;
      const before = process.memoryUsage().rss;
      let peak = 0;
      const result = await environment.exec({
        argv: ["sh", "-c", "head -c 100000000 /dev/zero"],
        onOutput: async (_stream, chunk) => {
          bytes += chunk.length;
          hash.update(chunk);
          if (bytes % 64 === 0) await delay(0);
          peak = Math.max(peak, process.memoryUsage().rss);
        },
      });
      expect(result.exitCode).toBe(0);
      expect(bytes).toBe(100_000_000);
      expect(hash.digest("hex")).toBe(createHash("sha256").update(Buffer.alloc(100_000_000)).digest("hex"));
      expect(peak - before).toBeLessThan(80 << 20);
    });

    it("holds the command back while its output is not taken", async () => {
      const environment = await bed().started();
      const { resolve, promise } = signalled();
      let chunks = 0;
      const ended = environment.exec({
        argv: ["sh", "-c", "head -c 3000000 /dev/zero; echo wrote >/wrote"],
        onOutput: () => {
          chunks += 1;
          return chunks === 1 ? promise : undefined;
        },
      });
      expect((await sh(environment, "sleep 0.2; ls /wrote")).exitCode).not.toBe(0);
      resolve();
      expect((await ended).exitCode).toBe(0);
      expect((await sh(environment, "cat /wrote")).stdout).toBe("wrote\n");
    });

    it("ends the exec when the output is refused", async () => {
      const environment = await bed().started();
      const refuse = () => {
        throw new Error("no more");
      };
      await expect(
        environment.exec({ argv: ["sh", "-c", "while :; do echo x; done"], graceSec: 0, onOutput: refuse }),
      ).rejects.toThrow("no more");
      const refuseLater = () => Promise.reject(new Error("no more later"));
      await expect(
        environment.exec({ argv: ["sh", "-c", "while :; do echo x; done"], graceSec: 0, onOutput: refuseLater }),
      ).rejects.toThrow("no more later");
    });

    it("runs several at once", async () => {
      const environment = await bed().started();
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, index) => sh(environment, `sleep 0.0$((${index} % 5)); echo ${index}`)),
      );
      expect(all.map((result) => result.stdout)).toEqual(all.map((_, index) => `${index}\n`));
    });
  });
}

function signalled(): { readonly resolve: () => void; readonly promise: Promise<void> } {
  const { resolve, promise } = withResolvers();
  return { resolve, promise };
}

function withResolvers(): { resolve: () => void; promise: Promise<void> } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => (resolve = done));
  return { resolve, promise };
}

async function* waitThen(promise: Promise<void>, text: string): AsyncGenerator<string> {
  await promise;
  yield text;
}

async function* failAfter(text: string): AsyncGenerator<string> {
  yield text;
  await delay(1);
  throw new Error("input broke");
}
