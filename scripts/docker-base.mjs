/**
 * Base images for the Docker suite: a small Debian under the names that tests and the demo use. Pulled where a registry can be
 * reached, otherwise made by debootstrap, which takes root and most of a minute.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BASE = "regatta-test/bookworm";
const PUBLIC = "debian:bookworm-slim";
/** What tasks of tests and examples are built from: the same Debian. */
const ALSO = ["debian:12"];

process.exitCode = main();

/** @returns {number} */
function main() {
  // For a suite that uses Docker where there is one: without it there is nothing to make.
  const optional = process.argv.includes("--if-docker");
  if (optional && spawnSync("docker", ["version"], { stdio: "ignore" }).status !== 0) return 0;
  if (run("docker", ["version", "--format", "{{.Server.Version}}"]) !== 0) {
    console.error("The Docker suite needs a Docker engine that this user may use: docker version says what is wrong.");
    return 1;
  }
  if (!has(PUBLIC) && run("docker", ["pull", "--quiet", PUBLIC]) !== 0 && !has(BASE) && !bootstrap()) return 1;
  if (!has(BASE) && run("docker", ["tag", PUBLIC, BASE]) !== 0) return 1;
  for (const name of [PUBLIC, ...ALSO]) if (!has(name) && run("docker", ["tag", BASE, name]) !== 0) return 1;
  return 0;
}

/** @param {string} image */
function has(image) {
  return spawnSync("docker", ["image", "inspect", image], { stdio: "ignore" }).status === 0;
}

function bootstrap() {
  console.log("no registry can be reached: making a Debian with debootstrap");
  const root = mkdtempSync(join(tmpdir(), "regatta-base-"));
  try {
    const mirror = "http://deb.debian.org/debian";
    if (run("debootstrap", ["--variant=minbase", "bookworm", root, mirror]) !== 0) {
      console.error("debootstrap failed: it needs root, and apt-get install debootstrap");
      return false;
    }
    return run("sh", ["-c", 'tar -C "$1" -c . | docker import - "$2"', "sh", root, BASE]) === 0;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {number} its exit code
 */
function run(program, args) {
  const { status } = spawnSync(program, [...args], { stdio: ["ignore", "ignore", "inherit"] });
  return status ?? 1;
}
