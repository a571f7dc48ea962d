/**
 * `node scripts/build-forwarder.mjs`: scripts/forwarder.c → src/gateway/forwarder-program.ts, for every processor Node runs on here.
 *
 * By hand, after a change of the C file: the programs are kept in the sources, so that nobody needs a compiler. Needs gcc and
 * aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu).
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { projectRoot } from "./set-up.mjs";

const compilers = { x64: ["gcc"], arm64: ["aarch64-linux-gnu-gcc", "-mno-outline-atomics"] };
const flags = [
  ..."-Os -Wall -Wextra -Werror -static -nostdlib -nostartfiles -ffreestanding -fno-stack-protector -fno-pic -no-pie -s".split(
    " ",
  ),
  ..."-fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns".split(" "),
  "-Wl,--build-id=none,-z,noseparate-code,-z,noexecstack,-z,max-page-size=4096",
];

const work = mkdtempSync(join(tmpdir(), "regatta-forwarder-"));
try {
  const programs = Object.entries(compilers).map(([processor, [compiler = "", ...more]]) => {
    const out = join(work, processor);
    execFileSync(compiler, [...flags, ...more, "-o", out, join(projectRoot, "scripts", "forwarder.c")], {
      stdio: "inherit",
    });
    return `  ${processor}: "${gzipSync(readFileSync(out), { level: 9 }).toString("base64")}",`;
  });
  const text = [
    "/** Made by scripts/build-forwarder.mjs from scripts/forwarder.c: static programs of some two kilobytes, gzip, base64. */",
    'import { gunzipSync } from "node:zlib";',
    "",
    "const PROGRAMS: Readonly<Record<string, string>> = {",
    ...programs,
    "};",
    "",
    "/** @returns null for a processor that there is none for */",
    "export function forwarderProgram(processor: string): Buffer | null {",
    "  const program = PROGRAMS[processor];",
    '  return program === undefined ? null : gunzipSync(Buffer.from(program, "base64"));',
    "}",
    "",
  ];
  writeFileSync(join(projectRoot, "src/gateway/forwarder-program.ts"), text.join("\n"));
} finally {
  rmSync(work, { recursive: true });
}
