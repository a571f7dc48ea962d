/** Digests against ones computed by `find`, `sort` and `sha256sum`, which know nothing of our code. */
import { execFileSync } from "node:child_process";
import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { taskDigest } from "../../src/tasks/task-digest.ts";
import { scratchFolder, SMALLEST, writeFiles } from "./task-folder.ts";

function shell(dir: string, script: string): string {
  return execFileSync("bash", ["-euc", script], { cwd: dir, env: { ...process.env, LC_ALL: "C" } })
    .toString()
    .trim();
}

/** The digest of the files listed on stdin, one per line. */
const DIGEST_OF_LIST = `sort | while IFS= read -r f; do
  printf '%s\\0%s\\n' "$f" "$(sha256sum < "$f" | cut -d' ' -f1)"; done | sha256sum | cut -d' ' -f1`;

async function oddTask(): Promise<string> {
  const dir = await writeFiles(await scratchFolder(), {
    ...SMALLEST,
    "README.md": "r",
    "ignored-at-top.txt": "not part of the digest",
    "other/x": "neither",
    "solution/solve.sh": "true",
    "tests/A": "",
    "tests/a.b": "",
    "tests/a/b": "",
    "tests/😀": "past U+FFFF",
    "tests/\uFFF0": "sorts before it in UTF-8 and after it in UTF-16",
    "tests/__pycache__/a.pyc": "cache",
    "tests/editor.swp": "leftover",
    "tests/backup~": "leftover",
    "environment/.DS_Store": "leftover",
    "environment/.git/HEAD": "git",
    "environment/deep/er/file": "x",
  });
  await writeFile(join(dir, "tests/big"), Buffer.alloc(3 << 20, "regatta"));
  return dir;
}

const LISTED = `{ ls -d task.toml instruction.md README.md; find environment tests solution -type f; }`;
const NO_LEFTOVERS = String.raw`grep -vE '(/__pycache__/|\.pyc$|/\.DS_Store$|\.swp$|\.swo$|~$)'`;

test("a task's digest", async () => {
  const dir = await oddTask();
  expect(await taskDigest(dir)).toBe(`sha256:${shell(dir, `${LISTED} | ${NO_LEFTOVERS} | ${DIGEST_OF_LIST}`)}`);
});

test("a .gitignore replaces the default list", async () => {
  const dir = await oddTask();
  await writeFile(join(dir, ".gitignore"), "# mine\r\n*.b\n/environment/deep/\n!tests/a.b\n");
  const kept = `grep -v '^environment/deep/'`;
  expect(await taskDigest(dir)).toBe(`sha256:${shell(dir, `${LISTED} | ${kept} | ${DIGEST_OF_LIST}`)}`);
});

test("links to files count by content, others not; a folder may itself be a link", async () => {
  const dir = await writeFiles(await scratchFolder(), SMALLEST);
  const plain = await taskDigest(dir);
  await symlink("../tests", join(dir, "environment/to-folder"));
  await symlink("nowhere", join(dir, "environment/dangling"));
  execFileSync("mkfifo", [join(dir, "environment/fifo")]);
  await mkdir(join(dir, "environment/empty"));
  await rename(join(dir, "tests"), join(dir, "elsewhere"));
  await symlink("elsewhere", join(dir, "tests"));
  expect(await taskDigest(dir)).toBe(plain);

  await symlink("Dockerfile", join(dir, "environment/link"));
  const linked = await taskDigest(dir);
  const copied = await writeFiles(await scratchFolder(), { ...SMALLEST, "environment/link": "FROM scratch\n" });
  expect(linked).toBe(await taskDigest(copied));
});

test("any change of any file changes the digest", async () => {
  const digests = new Set<string>();
  for (const path of ["", ...Object.keys(SMALLEST), "steps/a/instruction.md", "trajectory.json", "solution/solve.sh"]) {
    const files = path === "" ? SMALLEST : { ...SMALLEST, [path]: "changed" };
    digests.add(await taskDigest(await writeFiles(await scratchFolder(), files)));
  }
  expect(digests.size).toBe(8);
});
