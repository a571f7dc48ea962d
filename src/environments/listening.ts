/**
 * Services: processes with a listening socket. An agent that was asked to set up a server has left one running, and the task's
 * tests will talk to it; whatever else it left running has no business to be there while they run.
 *
 * A server takes a while from its start to its socket. So somebody young who has none is waited for: a little in any case, and
 * longer while it is busy.
 */
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 500;
const WAIT_MS = 3000;
const WAIT_BUSY_MS = 15_000;

/**
 * Prints `L <pid> <name>` for every process that has a listening socket (TCP, UDP, or UNIX with a path), `P <pid> <parent> <age>
 * <ticks>` for every process but init and this one, its age in seconds and the processor time it has used, and `U <uid>` for
 * every user who has processes: the open files of others cannot be seen, not even by root without the capability to trace.
 */
export const LISTENING = `
inodes=' '
for table in tcp tcp6 udp udp6; do
  while read -r slot local remote state queues timer retries uid timeout inode rest; do
    case $table$state in tcp0A|tcp60A|udp07|udp607) inodes="$inodes$inode " ;; esac
  done 2>/dev/null <"/proc/net/$table"
done
while read -r number count protocol flags type state inode path; do
  case $flags$path in 00010000/*) inodes="$inodes$inode " ;; esac
done 2>/dev/null </proc/net/unix
read -r up rest </proc/uptime
for d in /proc/[0-9]*; do
  p=\${d#/proc/}
  [ "$p" = $$ ] || [ "$p" = 1 ] && continue
  line=
  read -r line 2>/dev/null <"$d/stat"
  [ -n "$line" ] || continue
  set -- \${line##*) }
  echo "P $p $2 $((\${up%%.*} - \${20} / 100)) $((\${12} + \${13}))"
  name= uid=
  while read -r key value rest; do
    case $key in Name:) name=$value ;; Uid:) uid=$value; break ;; esac
  done 2>/dev/null <"$d/status"
  [ -n "$uid" ] && [ "$uid" != 0 ] && echo "U $uid"
  ls -l "$d/fd" 2>/dev/null | while read -r line; do
    case $line in *'socket:['*) ;; *) continue ;; esac
    inode=\${line##*socket:[}
    case $inodes in *" \${inode%]*} "*) echo "L $p $name"; break ;; esac
  done
done
`;

export interface Service {
  readonly pid: number;
  readonly name: string;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly ageMs: number;
  readonly ticks: number;
}

export interface Listening {
  readonly services: readonly Service[];
  /** Users other than root who have processes. */
  readonly users: readonly string[];
  readonly processes: readonly Seen[];
}

export function listeningIn(output: string): Listening {
  const services = new Map<number, Service>();
  const users = new Set<string>();
  const processes: Seen[] = [];
  for (const line of output.split("\n")) {
    const [, pid, name] = /^L (\d+) (.*)$/.exec(line) ?? [];
    if (pid !== undefined && name !== undefined) services.set(Number(pid), { pid: Number(pid), name });
    const [, user] = /^U (\d+)$/.exec(line) ?? [];
    if (user !== undefined) users.add(user);
    const [, ...numbers] = /^P (\d+) (\d+) (-?\d+) (\d+)$/.exec(line) ?? [];
    const [process, parent, age, ticks] = numbers.map(Number);
    if (process !== undefined && parent !== undefined && age !== undefined && ticks !== undefined)
      processes.push({ pid: process, parent, ageMs: age * 1000, ticks });
  }
  return { services: [...services.values()], users: [...users], processes };
}

/**
 * Those that listen, once nobody is left who may be about to.
 * @param spared processes that were there before the agent: nobody waits for them
 */
export async function settledServices(
  look: () => Promise<Listening>,
  spared: (processes: readonly Seen[]) => ReadonlySet<number>,
): Promise<readonly Service[]> {
  const began = performance.now();
  let before: ReadonlyMap<number, number> = new Map();
  for (;;) {
    const { services, processes } = await look();
    const known = new Set([...services.map(({ pid }) => pid), ...spared(processes)]);
    const waited = performance.now() - began;
    const candidates = processes.filter(({ pid, ageMs }) => !known.has(pid) && ageMs < WAIT_BUSY_MS);
    const busy = candidates.some(({ pid, ticks }) => ticks !== before.get(pid));
    if (candidates.length === 0 || waited > WAIT_BUSY_MS || (waited > WAIT_MS && !busy)) return services;
    before = new Map(candidates.map(({ pid, ticks }) => [pid, ticks]));
    await delay(LOOK_EVERY_MS);
  }
}

/** The oldest child of init and all below it: what an image itself started. */
export function imagesOwn(processes: readonly Seen[]): ReadonlySet<number> {
  const first = processes.filter(({ parent }) => parent === 1).toSorted((a, b) => a.pid - b.pid)[0];
  const own = new Set(first === undefined ? [] : [first.pid]);
  for (let size = -1; size !== own.size;) {
    size = own.size;
    for (const { pid, parent } of processes) if (own.has(parent)) own.add(pid);
  }
  return own;
}
