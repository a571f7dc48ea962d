/** Contract: directories of the host that are seen inside, and that nobody inside changes. */
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type ContractBed, sh } from "./contract-bed.ts";
import type { ContractContext } from "./contract.ts";

const TO = "/opt/regatta/tool-0123456789ab";

export function mountsContract({ bed, needs, abilities }: ContractContext): void {
  const whereMounted = needs(abilities.canMount);
  describe("mounts", () => {
    whereMounted("shows them where they are wanted, and runs what is in them", async () => {
      const from = await toolDirectory(bed());
      const second = await toolDirectory(bed(), "second");
      const environment = await bed().started({
        mounts: [
          { from, to: TO },
          { from: second, to: "/second tool/deep" },
        ],
      });
      const { stdout } = await sh(
        environment,
        `${TO}/bin/tool; ${TO}/bin/link; '/second tool/deep/bin/tool'; ls ${TO} /opt/regatta; stat -c %a /opt/regatta`,
      );
      expect(stdout).toBe(
        `tool of one\ntool of one\ntool of second\n/opt/regatta:\ntool-0123456789ab\n\n${TO}:\nbin\n755\n`,
      );
      expect((await environment.readFile(`${TO}/bin/tool`)).toString()).toContain("tool of one");
    });

    whereMounted("lets nobody write into them, root neither", async () => {
      const from = await toolDirectory(bed());
      const environment = await bed().started({ mounts: [{ from, to: TO }] });
      const { stdout } = await sh(
        environment,
        [
          `echo changed >${TO}/bin/tool`,
          `echo new >${TO}/new`,
          `rm -f ${TO}/bin/tool`,
          `chmod 777 ${TO}/bin/tool`,
          `chown 1:1 ${TO}/bin/tool`,
          `mv ${TO}/bin ${TO}/moved`,
          `mount -o remount,rw,bind ${TO} && echo x >${TO}/remounted`,
          `umount ${TO} && echo unmounted`,
        ]
          .map((attempt) => `(${attempt}) 2>/dev/null && echo "done: ${attempt.slice(0, 5)}"`)
          .join("; "),
      );
      expect(stdout).toBe("");
      await expect(environment.writeFile(`${TO}/bin/tool`, "changed")).rejects.toThrow(/tool/);
      expect(readdirSync(from)).toEqual(["bin"]);
      expect(readFileSync(join(from, "bin/tool"), "utf8")).toContain("tool of one");
      expect((await sh(environment, `${TO}/bin/tool`)).stdout).toBe("tool of one\n");
    });

    needs(abilities.canMount && abilities.canSwitchUser)("shows them to every user", async () => {
      const from = await toolDirectory(bed());
      // Whoever may not go through the host's directories sees what is mounted all the same.
      await chmod(join(from, ".."), 0o700);
      const environment = await bed().started({ mounts: [{ from, to: TO }] });
      const { stdout, exitCode } = await sh(environment, `${TO}/bin/tool; touch ${TO}/new`, { user: 4242 });
      expect(stdout).toBe("tool of one\n");
      expect(exitCode).not.toBe(0);
    });

    whereMounted("says what cannot be mounted", async () => {
      const environment = bed().create({ mounts: [{ from: "/nonexistent/tool", to: TO }] });
      await expect(environment.start()).rejects.toThrow(/\/nonexistent\/tool/);
    });

    whereMounted("leaves the host's copy alone when it is stopped", async () => {
      const from = await toolDirectory(bed());
      const environment = await bed().started({ mounts: [{ from, to: TO }] });
      await environment.stop();
      expect(readFileSync(join(from, "bin/tool"), "utf8")).toContain("tool of one");
    });
  });
}

async function toolDirectory(bed: ContractBed, name = "one"): Promise<string> {
  const dir = join(await bed.scratch(), "tool");
  await mkdir(join(dir, "bin"), { recursive: true });
  await writeFile(join(dir, "bin/tool"), `#!/bin/sh\necho tool of ${name}\n`);
  await chmod(join(dir, "bin/tool"), 0o755);
  await symlink("tool", join(dir, "bin/link"));
  return dir;
}
