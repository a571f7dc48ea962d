/**
 * `node scripts/build-programs.mjs`: the small static programs that run in sandboxes, scripts/<name>.c → src/…/<name>-program.ts,
 * for every processor Node runs on here.
 *
 * By hand, after a change of a C file: the programs are kept in the sources, so that nobody needs a compiler. Needs gcc and
 * aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { projectRoot } from "./set-up.mjs";

const programs = {
  forwarder: { folder: "src/gateway", exported: "forwarderProgram" },
  "egress-guard": { folder: "src/environments/docker", exported: "egressGuardProgram" },
};
const compilers = { x64: ["gcc"], arm64: ["aarch64-linux-gnu-gcc", "-mno-outline-atomics"] };
const flags = [
  ..."-Os -Wall -Wextra -Werror -static -nostdlib -nostartfiles -ffreestanding -fno-stack-protector -fno-pic -no-pie -s".split(
    " ",
  ),
  ..."-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns".split(" "),
  "-Wl,--build-id=none,-z,noseparate-code,-z,noexecstack,-z,max-page-size=4096",
];

const work = mkdtempSync(join(tmpdir(), "regatta-programs-"));
try {
  for (const [name, { folder, exported }] of Object.entries(programs)) {
    const compiled = Object.entries(compilers).map(([processor, [compiler = "", ...more]]) => {
      const out = join(work, `${name}-${processor}`);
      execFileSync(compiler, [...flags, ...more, "-o", out, join(projectRoot, "scripts", `${name}.c`)], {
        stdio: "inherit",
      });
      return `  ${processor}: "${gzipSync(readFileSync(out), { level: 9 }).toString("base64")}",`;
    });
    const text = [
      `/** Made by scripts/build-programs.mjs from scripts/${name}.c: static programs of some two kilobytes, gzip, base64. */`,
      'import { gunzipSync } from "node:zlib";',
      "",
      "const PROGRAMS: Readonly<Record<string, string>> = {",
      ...compiled,
      "};",
      "",
      "/** @returns null for a processor that there is none for */",
      `export function ${exported}(processor: string): Buffer | null {`,
      "  const program = PROGRAMS[processor];",
      '  return program === undefined ? null : gunzipSync(Buffer.from(program, "base64"));',
      "}",
      "",
    ];
    writeFileSync(join(projectRoot, folder, `${name}-program.ts`), text.join("\n"));
  }
} finally {
  rmSync(work, { recursive: true });
}
