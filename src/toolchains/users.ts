/**
 * Who uses a toolchain: a file in the entry's `users/` for every process that ever took it, with its identity. Nobody has to give it
 * back: what a dead process left means nothing.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseJsonTolerant } from "../host/files.ts";
import { asIdentity, liveness, ownIdentity } from "../host/process-identity.ts";
import { namesIn } from "./contents.ts";

const USERS = "users";

export async function markUsed(entry: string): Promise<void> {
  const own = await ownIdentity();
  await mkdir(join(entry, USERS), { recursive: true });
  await writeFile(join(entry, USERS, `${own.pid}-${own.start_time}.json`), JSON.stringify(own));
}

/** Takes files of dead users away. */
export async function isInUse(entry: string): Promise<boolean> {
  const dir = join(entry, USERS);
  let used = false;
  for (const name of await namesIn(dir)) {
    const read = parseJsonTolerant(await readFile(join(dir, name), "utf8").catch(() => ""));
    const owner = read.state === "ok" ? asIdentity(read.value) : null;
    if (owner === null || (await liveness(owner)) === "dead") await rm(join(dir, name), { force: true });
    else used = true;
  }
  return used;
}
