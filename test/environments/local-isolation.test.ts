/** What the local environment says about itself, tried from inside by a tenant that means harm. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, test } from "vitest";
import { countsProcesses, findTool } from "../../src/environments/local/host-facts.ts";
import { createLocalProvider } from "../../src/environments/local/provider.ts";
import { contractBed, contractName, PLENTY, run, sh } from "../../src/environments/testing/contract-bed.ts";
import { localLeftovers } from "./local-leftovers.ts";

const stateRoot = mkdtempSync(join(tmpdir(), "regatta-isolation-"));
const provider = createLocalProvider({ stateRoot });
const bed = contractBed(provider);
const root = process.getuid?.() === 0;
afterEach(() => bed.clean());
afterAll(async () => {
  const left = await localLeftovers(stateRoot);
  if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
  rmSync(stateRoot, { recursive: true, force: true });
});

describe("what a tenant can see", () => {
  it("shows no home, no results, no state, no runtime files, and nothing that is not on the list", async () => {
    const secret = join(homedir(), `.regatta-isolation-${process.pid}`);
    writeFileSync(secret, "secret");
    try {
      const environment = await bed.started();
      const { stdout } = await sh(
        environment,
        'for f in "$@"; do ls -d "$f"; done 2>/dev/null; ls -A /home /root /tmp /srv /mnt /media /sys /var/log | grep -v : | grep .; ls -d /* /var/lib/*',
        {
          user: 0,
          env: {},
        },
      );
      expect(
        (
          await run(environment, {
            argv: ["ls", secret, stateRoot, process.cwd(), "/var/run/docker.sock", "/var/lib/docker"],
          })
        ).stdout,
      ).toBe("");
      const visible = (await provider.abilities()).statements[0] ?? "";
      const always = [
        "/bin",
        "/dev",
        "/etc",
        "/home",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/media",
        "/mnt",
        "/opt",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/srv",
        "/sys",
        "/tmp",
        "/usr",
        "/var",
        "/work dir",
      ];
      for (const path of stdout.split("\n").filter(Boolean))
        expect(always.includes(path) || visible.includes(`${path},`) || visible.includes(`${path} `), path).toBe(true);
    } finally {
      rmSync(secret);
    }
  });

  it("hides password hashes, host keys and what not every user may read of /etc, and keeps names working", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(
      environment,
      "cat /etc/shadow; ls /etc/ssh/ssh_host_* /etc/sudoers /etc/ssl/private 2>/dev/null; find /etc -type f ! -perm -004 ! -name shadow ! -name gshadow",
    );
    for (const line of stdout.split("\n").filter(Boolean)) expect(line).toMatch(/^[^:]+:\*:19000:0:99999:7:::$/);
    expect((await sh(environment, "cat /etc/resolv.conf")).stdout).toBe(readFileSync("/etc/resolv.conf", "utf8"));
    expect(
      (await sh(environment, "grep -c localhost /etc/hosts; hostname; getent hosts $(hostname) | head -n 1 | wc -l"))
        .stdout,
    ).toMatch(/^\d+\nsandbox\n1\n$/);
  });

  it("hides paths below a visible tree, also from a root that left its chroot", async () => {
    // /usr/src or /opt may be missing; /usr/share is everywhere.
    const environment = await bed.started({
      hidePaths: ["/usr/share/doc", "/usr/share/man", "/usr/share/man/man1", "/opt", "/usr/not/there"],
    });
    expect((await run(environment, { argv: ["sh", "-c", "ls -A /usr/share/doc; ls -A /opt"] })).stdout).toBe("");
    expect((await sh(environment, `${ESCAPE} /usr/share/doc /usr/share/man`)).stdout).not.toMatch(/man1|apt|bash/);
  });

  it("passes on no descriptor that the runner was started with", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(environment, "ls /proc/self/fd; ls /proc/1/fd");
    expect(
      stdout
        .split("\n")
        .filter(Boolean)
        .map(Number)
        .filter((fd) => fd > 3),
    ).toEqual([]);
  });

  it("keeps variables out of every command line of the host", async () => {
    const environment = await bed.started();
    const running = environment.exec({ argv: ["sh", "-c", "sleep 0.5; :"], env: { SECRET: "very-secret-value-93" } });
    await sh(environment, "sleep 0.1");
    expect(execFileSync("ps", ["-eww", "-o", "args"], { encoding: "utf8" })).not.toContain("very-secret-value-93");
    await running;
  });
});

/** The classic way out of a chroot: another chroot below, with the own directory left outside it. Then a look around. */
const ESCAPE = `perl -e 'mkdir "/tmp/in"; chroot "/tmp/in" or die "no chroot"; chdir ".." for 1..64; chroot "."; exec "/bin/sh", "-c", "ls -A \\$*; for p in /x /usr/x /lib/x /etc /bin/x /dev/x /proc/x /m/st/x; do (mkdir \\$p && echo made \\$p) 2>/dev/null; done; ls -A /h /m/st /m/b /m/l", "sh", @ARGV' --`;

describe("what a tenant can do", () => {
  it("changes nothing of the host", async () => {
    const environment = await bed.started();
    const before = {
      hostname: readFileSync("/proc/sys/kernel/hostname", "utf8"),
      core: readFileSync("/proc/sys/kernel/core_pattern", "utf8"),
    };
    const marker = `regatta-isolation-${process.pid}`;
    await sh(
      environment,
      `for d in / /usr /usr/bin /usr/local/bin /etc /opt /var /var/lib /var/lib/dpkg /tmp /root /home /dev /dev/shm /run /proc /proc/sys /sys; do echo x >$d/${marker}; done
       echo "evil::0:0::/:/bin/sh" >>/etc/passwd; rm -rf /etc/* /usr/bin/env
       hostname evil; echo evil >/proc/sys/kernel/hostname; echo evil >/proc/sys/kernel/core_pattern; echo b >/proc/sysrq-trigger
       mount -t tmpfs x /mnt; mount -o remount,rw /proc/sys; umount -l /proc/sys; mknod /tmp/disk b 8 0; mknod /tmp/vda b 254 0
       unshare -m true; unshare -Urm true; nsenter -t 1 -a true; kill -9 1; kill -STOP 1; chroot /proc/1/root true; ls /proc/1/cwd/`,
    );
    for (const dir of [
      "/",
      "/usr",
      "/usr/bin",
      "/usr/local/bin",
      "/etc",
      "/opt",
      "/var",
      "/var/lib",
      "/tmp",
      "/root",
      "/home",
      "/dev",
      "/dev/shm",
      "/run",
    ])
      expect(existsSync(join(dir, marker)), dir).toBe(false);
    expect(readFileSync("/etc/passwd", "utf8")).not.toContain("evil");
    expect(readFileSync("/proc/sys/kernel/hostname", "utf8")).toBe(before.hostname);
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before.core);
    const refused = await sh(
      environment,
      "mount -t tmpfs x /mnt && echo mounted; mknod /tmp/disk2 b 8 0 && echo made; echo x >/proc/sys/kernel/core_pattern && echo set; cat /proc/1/environ && echo read; unshare -m true && echo unshared; :",
    );
    expect(refused.stdout).toBe("");
  });

  it("has few capabilities, and cannot gain any", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(environment, "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status");
    // chown, dac_override, fowner, fsetid, kill, setgid, setuid, setpcap, net_bind_service, sys_chroot, audit_write, setfcap
    expect(stdout).toBe("CapEff:\t00000000a00405fb\nCapBnd:\t00000000a00405fb\nNoNewPrivs:\t1\n");
  });

  it("finds nothing writable and nothing new where it gets by leaving its chroot", async () => {
    const environment = await bed.started();
    const { stdout } = await sh(environment, `command -v perl >/dev/null || { echo no perl; exit; }; ${ESCAPE} /`);
    expect(stdout).not.toMatch(/^made/m);
    if (stdout === "no perl\n") return;
    expect(stdout).toMatch(/^proc$/m);
    expect(
      stdout
        .replace(/[\s\S]*\n\/h:/, "/h:")
        .replaceAll(/^\/.*:$/gm, "")
        .trim(),
    ).toBe("");
  });

  it("cannot make the runner's own programs run its code", async () => {
    const environment = await bed.started();
    // The exec's own program becomes whatever /proc/self/exe is: then a program of the host's could be overwritten.
    await sh(
      environment,
      "printf '#!/proc/self/exe\\n' >/usr/local/bin/trap-door; chmod +x /usr/local/bin/trap-door; rm -f /bin/cat; ln -s /proc/self/exe /bin/cat",
    );
    const before = readFileSync(findTool("nsenter") ?? "");
    // It runs itself for ever, and is asked to write to itself meanwhile.
    const looping = run(environment, { argv: ["trap-door"], timeoutSec: 1, graceSec: 0 });
    await run(environment, { argv: ["cat", "/etc/hosts"], timeoutSec: 0.5, graceSec: 0 });
    expect(
      (
        await sh(environment, "for p in /proc/[0-9]*; do echo x >$p/exe; done; echo x >/proc/self/exe; :", {
          env: { LD_PRELOAD: "/evil.so", LD_LIBRARY_PATH: "/evil" },
        })
      ).ended,
    ).toBe("exited");
    await looping;
    expect(readFileSync(findTool("nsenter") ?? "").equals(before)).toBe(true);
  });

  it("survives a full /dev/shm and a file that pretends to be /etc/passwd", async () => {
    const environment = await bed.started();
    await sh(
      environment,
      "head -c 300000000 /dev/zero >/dev/shm/full; rm /etc/passwd; ln -s /proc/self/mem /etc/passwd; rm -f /etc/group; mkfifo /etc/group",
    );
    expect((await sh(environment, "echo on")).stdout).toBe("on\n");
    await environment.writeFile("/f", "x");
    expect(await environment.download("/f", join(await bed.scratch(), "f"), PLENTY)).toMatchObject({ files: 1 });
    if (root) await expect(run(environment, { argv: ["id"], user: "someone" })).rejects.toThrow(/someone/);
  });
});

describe("this machine's own network", () => {
  const CONNECT = `use Socket; socket(my $s, PF_INET, SOCK_STREAM, 0); $SIG{ALRM} = sub { print "timeout"; exit }; alarm 5;
print connect($s, sockaddr_in($ARGV[1], inet_aton($ARGV[0]))) ? "open" : "closed";`;

  it("is shared with a task that has network, which the environment says, and out of reach of one without", async () => {
    const service = createServer((_request, response) => response.end("host service"));
    service.listen(0, "0.0.0.0");
    await once(service, "listening");
    try {
      const { port } = service.address() as AddressInfo;
      const reach = async (network: "public" | "no-network", host: string, to: number): Promise<string> => {
        const environment = await bed.started({ network });
        return (await run(environment, { argv: ["perl", "-e", CONNECT, host, String(to)] })).stdout;
      };
      expect(await reach("public", "127.0.0.1", port)).toBe("open");
      expect((await provider.abilities()).statements.join("\n")).toMatch(
        /shares this machine's.*127\.0\.0\.1.*metadata/,
      );
      expect((await provider.abilities()).closesHost).toBe(false);
      const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
      const addresses = own.filter(({ family }) => family === "IPv4").map(({ address }) => address);
      expect(addresses).toContain("127.0.0.1");
      for (const address of addresses) expect(await reach("no-network", address, port), address).toBe("closed");
      expect(await reach("no-network", "169.254.169.254", 80)).toBe("closed");
    } finally {
      service.close();
    }
  });
});

test.each([
  ["6.14.0", true],
  ["6.18.44-fc-v595", true],
  ["7.0", true],
  ["6.13.9-amd64", false],
  ["5.15.0-91-generic", false],
])("on Linux %s a sandbox can limit its own processes: %s", (kernel, can) => {
  // On an older one the same write would limit the whole machine.
  expect(countsProcesses(kernel)).toBe(can);
});

describe("when the runner dies", () => {
  it("leaves no process, and what it leaves is found and removed", async () => {
    const own = mkdtempSync(join(tmpdir(), "regatta-killed-"));
    try {
      // The same first process and pipe, held by a process that is then killed.
      const held = spawn(
        process.execPath,
        ["-e", HOLDER, findTool("unshare") ?? "", ...(root ? [] : ["--user", "--map-root-user"])],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const [line] = (await once(held.stdout, "data")) as [Buffer];
      const pid = Number(line.toString().trim());
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      held.kill("SIGKILL");
      await once(held, "exit");
      await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5000 }).toBe(false);

      const leftover = join(own, "envs", contractName("dead"));
      mkdirSync(join(leftover, "u/root"), { recursive: true });
      mkdirSync(join(leftover, "u/root/closed"), { mode: 0o000 });
      writeFileSync(
        join(leftover, "labels.json"),
        '{"labels":{"trial":"t"},"init":{"host":"h","boot_id":"another","pid":1,"start_time":"1"}',
      );
      const other = createLocalProvider({ stateRoot: own });
      const [found] = await other.list();
      expect(found?.name).toBe(contractName("dead"));
      await found?.remove();
      await found?.remove();
      expect(await other.list()).toEqual([]);
    } finally {
      rmSync(own, { recursive: true, force: true });
    }
  });
});

const HOLDER = `
const { spawn } = require("node:child_process");
const child = spawn(process.argv[1], ["--pid", "--mount", "--fork", "--kill-child", ...process.argv.slice(2), "--", "sh", "-c", "read -r pid rest </proc/self/stat; echo $pid; exec cat"], { stdio: ["pipe", "pipe", "inherit"], detached: true });
child.stdout.pipe(process.stdout);
setInterval(() => {}, 1000);
`;
