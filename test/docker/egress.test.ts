/** What a trial's container reaches: never this machine or cloud metadata, by rules of its own network; its gateway's port alone. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDockerProvider } from "../../src/environments/docker/provider.ts";
import { contractBed, contractName, run, sh } from "../../src/environments/testing/contract-bed.ts";
import type { Environment } from "../../src/environments/environment.ts";
import { BASE_IMAGE } from "./base-image.ts";

const provider = createDockerProvider();
const bed = contractBed(provider, { dockerImage: BASE_IMAGE });
const open = contractBed(createDockerProvider({ ...process.env, REGATTA_OPEN_EGRESS: "1" }), {
  dockerImage: BASE_IMAGE,
});
/** A service of this machine on all its addresses, and one that stands for the gateway. */
const services: Server[] = [];
let port = 0;
let allowed = 0;
beforeAll(async () => {
  for (let count = 0; count < 2; count++) {
    const server = createServer((_request, response) => response.end("host service"));
    server.listen(0, "0.0.0.0");
    await once(server, "listening");
    services.push(server);
  }
  [port = 0, allowed = 0] = services.map((server) => (server.address() as AddressInfo).port);
});
afterEach(async () => {
  await bed.clean();
  await open.clean();
});
afterAll(() => {
  for (const server of services) server.close();
});

const CONNECT = `use Socket; my ($host, $port, $kind) = @ARGV; my $to = inet_aton($host) or die "no name";
socket(my $s, PF_INET, $kind eq "udp" ? SOCK_DGRAM : SOCK_STREAM, 0) or die $!;
$SIG{ALRM} = sub { print "timeout"; exit }; alarm 5;
connect($s, sockaddr_in($port, $to)) && (!$kind || send($s, "x", 0)) ? print "open" : print "closed: $!";`;

async function connect(environment: Environment, host: string, to: number, kind = "", user: string | number = 0) {
  return (await run(environment, { argv: ["perl", "-e", CONNECT, host, String(to), kind], user })).stdout;
}

function hostAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address);
}

async function bridgeAddress(): Promise<string> {
  const place = await provider.hostPlace("public");
  return place?.kind === "tcp" ? place.inside : "";
}

const CLOSED = "closed: Network is unreachable";

describe("a container with network", () => {
  it("reaches this machine when it is told to be open, so that the other tests mean something", async () => {
    const environment = await open.started();
    expect(await connect(environment, await bridgeAddress(), port)).toBe("open");
    expect((await open.provider.abilities()).statements.join()).toMatch(
      /AND THIS MACHINE'S SERVICES.*REGATTA_OPEN_EGRESS/,
    );
  });

  it("reaches no address of this machine, from any user, over TCP or UDP, as a name or a number", async () => {
    const environment = await bed.started();
    const addresses = [...hostAddresses(), await bridgeAddress()];
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) expect(await connect(environment, address, port), address).toBe(CLOSED);
    const bridge = await bridgeAddress();
    expect(await connect(environment, bridge, port, "udp")).toBe(CLOSED);
    expect(await connect(environment, bridge, port, "", 65534)).toBe(CLOSED);
    await sh(environment, `echo '${bridge} inner' >>/etc/hosts`);
    expect(await connect(environment, "inner", port)).toBe(CLOSED);
    expect((await bed.provider.abilities()).statements.join()).toMatch(
      /neither this machine's addresses nor cloud metadata/,
    );
  });

  it("reaches no metadata of a cloud", async () => {
    const environment = await bed.started();
    for (const address of ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192"])
      expect(await connect(environment, address, 80), address).toBe(CLOSED);
    const six =
      "use Socket qw(:all); socket(my $s, PF_INET6, SOCK_STREAM, 0) or print 'none' and exit; alarm 5; print connect($s, pack_sockaddr_in6(80, inet_pton(AF_INET6, 'fd00:ec2::254'))) ? 'open' : 'closed'";
    expect((await run(environment, { argv: ["perl", "-e", six] })).stdout).toMatch(/^(closed|none)$/);
  });

  it("reaches one port of this machine when that is the gateway's, and no other", async () => {
    const environment = await bed.started({ hostPorts: [allowed] });
    const bridge = await bridgeAddress();
    expect(await connect(environment, bridge, allowed)).toBe("open");
    expect(await connect(environment, bridge, port)).toBe(CLOSED);
    for (const address of hostAddresses().filter((each) => each !== bridge))
      expect(await connect(environment, address, allowed), address).toBe(CLOSED);
  });

  it("still resolves names", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(environment, "getent hosts deb.debian.org || echo nothing; cat /etc/resolv.conf");
    const outside = execFileSync("sh", ["-c", "getent hosts deb.debian.org || echo nothing"], { encoding: "utf8" });
    expect(stdout.startsWith("nothing")).toBe(outside.startsWith("nothing"));
  });

  it("can neither undo that nor pass by it: no rights over its network, no raw packets, no way back by a restart", async () => {
    const environment = await bed.started();
    const bridge = await bridgeAddress();
    const { stdout } = await sh(environment, "grep -E 'Cap(Eff|Bnd)|NoNewPrivs' /proc/self/status");
    // audit_write, chown, dac_override, fowner, fsetid, kill, net_bind_service, setfcap, setgid, setpcap, setuid, sys_chroot
    expect(stdout).toBe("CapEff:\t00000000a00405fb\nCapBnd:\t00000000a00405fb\nNoNewPrivs:\t1\n");
    const raw =
      "use Socket; print socket(my $a, 17, 3, 0) ? 'packet' : 'no', socket(my $b, PF_INET, SOCK_RAW, 1) ? 'raw' : 'no'";
    expect((await run(environment, { argv: ["perl", "-e", raw] })).stdout).toBe("nono");
    expect(
      (
        await sh(
          environment,
          "unshare -Urn true; nsenter -t 1 -n true; mount -t tmpfs x /mnt; mknod /d b 8 0 && echo made; :",
        )
      ).stdout,
    ).toBe("");
    // What cannot be killed from inside is restarted, which makes a container's own network anew.
    const id = execFileSync(
      "docker",
      ["ps", "-q", "--filter", `name=regatta-${contractName("")}`, "--filter", "label=regatta.sandbox"],
      { encoding: "utf8" },
    ).trim();
    execFileSync("docker", ["restart", "-t", "0", id]);
    expect(await connect(environment, bridge, port)).toBe(CLOSED);
  });

  it("gets a capability that its profile asks for by name, and no other", async () => {
    const environment = await bed.started({ capabilities: ["SYS_PTRACE"] });
    const { stdout } = await sh(environment, "grep CapEff /proc/self/status");
    expect(stdout).toBe("CapEff:\t00000000a00c05fb\n");
  });

  it("cannot reach another trial", async () => {
    const [one, two] = await Promise.all([bed.started(), bed.started()]);
    const { stdout } = await sh(two, "hostname -I");
    const serve =
      "my $s = IO::Socket::INET->new(Listen => 1, LocalPort => 7777); while (my $c = $s->accept) { print $c qq(x) }";
    await sh(
      two,
      `perl -MIO::Socket::INET -e '${serve}' >/dev/null 2>&1 & until grep -q :1E61 /proc/net/tcp; do sleep 0.05; done`,
    );
    expect(await connect(two, stdout.trim(), 7777)).toBe("open");
    expect(await connect(one, stdout.trim(), 7777)).not.toBe("open");
  });

  it("finds no Docker socket and nothing else of this machine", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(
      environment,
      "ls /var/run/docker.sock /run/docker.sock /run/containerd /host 2>/dev/null; grep -v -E ' (/|/proc.*|/dev.*|/sys.*|/etc/(resolv.conf|hostname|hosts)|/usr/sbin/docker-init|/sbin/docker-init) ' /proc/self/mountinfo | cut -d' ' -f5",
    );
    expect(stdout).toBe("");
  });
});

describe("the host", () => {
  it("keeps its firewall as it was", async () => {
    const rules = (): string => {
      try {
        return execFileSync("sh", ["-c", "iptables-save | grep -v '^#\\|^:'; ip rule"], { encoding: "utf8" });
      } catch (error) {
        if (error instanceof Error) return "not to be seen";
        throw error;
      }
    };
    const environment = await bed.started();
    const during = rules();
    await environment.stop();
    expect(during).not.toMatch(/unreachable|169\.254\.169\.254|100\.100\.100\.200/);
  });

  it("has no guard left behind when a sandbox ends or does not start", async () => {
    const environment = await bed.started();
    await environment.stop();
    await expect(bed.started({ mounts: [{ from: "/nonexistent/tool", to: "/tool" }] })).rejects.toThrow(/nonexistent/);
    const left = await provider.list();
    expect(left.map(({ name }) => name).filter((name) => name.startsWith(contractName("")))).toEqual([]);
  });
});
