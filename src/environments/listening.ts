/**
 * Services: processes with a listening socket. An agent that was asked to set up a server has left one running, and the task's
 * tests will talk to it; whatever else it left running has no business to be there while they run.
 */
/**
 * Prints `L <pid> <name>` for every process that has a listening socket (TCP, UDP, or UNIX with a path), and `U <uid>` for every
 * user who has processes: the open files of others cannot be seen, not even by root without the capability to trace.
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
for d in /proc/[0-9]*; do
  name= uid=
  while read -r key value rest; do
    case $key in Name:) name=$value ;; Uid:) uid=$value; break ;; esac
  done 2>/dev/null <"$d/status"
  [ -n "$uid" ] && [ "$uid" != 0 ] && echo "U $uid"
  ls -l "$d/fd" 2>/dev/null | while read -r line; do
    case $line in *'socket:['*) ;; *) continue ;; esac
    inode=\${line##*socket:[}
    case $inodes in *" \${inode%]*} "*) echo "L \${d#/proc/} $name"; break ;; esac
  done
done
`;

export interface Service {
  readonly pid: number;
  readonly name: string;
}

export interface Listening {
  readonly services: readonly Service[];
  /** Users other than root who have processes. */
  readonly users: readonly string[];
}

export function listeningIn(output: string): Listening {
  const services = new Map<number, Service>();
  const users = new Set<string>();
  for (const line of output.split("\n")) {
    const [, pid, name] = /^L (\d+) (.*)$/.exec(line) ?? [];
    if (pid !== undefined && name !== undefined) services.set(Number(pid), { pid: Number(pid), name });
    const [, user] = /^U (\d+)$/.exec(line) ?? [];
    if (user !== undefined) users.add(user);
  }
  return { services: [...services.values()], users: [...users] };
}
