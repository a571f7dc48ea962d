/** The model gateway from containers: over the bridge where they have a network, through a mounted socket where they have none. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scriptedProvider } from "../gateway/scripted-provider.ts";
import { experiment, makeProject, task } from "../support/project.ts";
import { BASE_IMAGE } from "./base-image.ts";

const KEY = "sk-ant-real-0123456789-secret-key";
const ENGINE = { DOCKER_HOST: process.env["DOCKER_HOST"] ?? "", ANTHROPIC_API_KEY: KEY };
const DOCKERFILE = `FROM ${BASE_IMAGE}\nWORKDIR /app\n`;

/** A client of Perl's own sockets: the image has nothing else. Then everything that can be seen from inside. */
const AGENT = `
use IO::Socket::INET;
my ($host, $port) = $ENV{ANTHROPIC_BASE_URL} =~ m{^http://([^:]+):(\\d+)$} or die "no address: $ENV{ANTHROPIC_BASE_URL}";
for (1 .. 3) {
  my $s = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Timeout => 10) or die "cannot connect: $!";
  my $body = '{"model":"claude-haiku-4-5","max_tokens":100,"stream":true,"messages":[]}';
  print $s "POST /v1/messages HTTP/1.1\\r\\nhost: x\\r\\nconnection: close\\r\\nx-api-key: $ENV{ANTHROPIC_API_KEY}\\r\\ncontent-length: " . length($body) . "\\r\\n\\r\\n$body";
  my $said = join "", <$s>;
  $said =~ m{^HTTP/1.1 200 } && $said =~ /message_stop/ or die $said;
}
system("cat /proc/*/environ /proc/*/cmdline > /logs/artifacts/seen.txt 2>/dev/null; env >> /logs/artifacts/seen.txt; cat /proc/net/dev > /logs/artifacts/net.txt; ls -la /regatta-gateway >> /logs/artifacts/net.txt 2>&1");
open my $answer, ">", "/app/answer"; print $answer "42";
`;

test("calls of containers with a network and without one are counted, and the key is in none of them", async () => {
  const provider = await scriptedProvider(() => ({ input: 1500, output: 100 }));
  const isolated =
    "[environment]\nallow_internet = false\n[agent]\ntimeout_sec = 60.0\n[verifier]\ntimeout_sec = 60.0\n";
  const profile = `[profiles.a]\nagent = "command"\ncommand = ${JSON.stringify(["perl", "-e", AGENT])}\nenv = ["ANTHROPIC_API_KEY"]\nset_env = { ANTHROPIC_BASE_URL = "${provider.url}" }\n`;
  const files = experiment(["open", "closed"], profile);
  const project = await makeProject({
    ...task("open", { dockerfile: DOCKERFILE }),
    ...task("closed", { dockerfile: DOCKERFILE, toml: isolated }),
    "experiments/x.toml": (files["experiments/x.toml"] ?? "").replace('"local"', '"docker"'),
  });
  const run = await project.regatta(["run", "experiments/x.toml"], ENGINE);
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expect(provider.asked).toHaveLength(6);
  const names = await readdir(project.dir, { recursive: true, withFileTypes: true });
  const files2 = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files2) expect((await readFile(file)).includes(KEY), file).toBe(false);
  const traces = files2.filter((file) => file.endsWith("model-calls.jsonl"));
  expect(traces).toHaveLength(2);
  for (const trace of traces) expect((await readFile(trace, "utf8")).trim().split("\n")).toHaveLength(3);
  const networks = await Promise.all(
    files2.filter((file) => file.endsWith("net.txt")).map((file) => readFile(file, "utf8")),
  );
  expect(networks.filter((text) => text.includes("eth0"))).toHaveLength(1);
  expect(networks.filter((text) => text.includes("gateway.sock"))).toHaveLength(1);
}, 240_000);
