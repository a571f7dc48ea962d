/**
 * The shell programs that run at the border of a sandbox. Static text: data comes as arguments, environment or descriptors.
 * They use builtins where they can: every program started costs about a millisecond.
 */

/**
 * First process of the sandbox. $1 = state directory, $2 = host name, $3 = command for the network or "", $4 = directories to
 * make in memory or "", $5 = "/m/l" with layers, $6 = most processes or "". fd 3 = cgroup.procs of its group or /dev/null.
 * The pid it reports is the host's: /proc is still the host's when it is read.
 * It ends as `cat`, which ends when its input does: the runner holds that pipe, so the sandbox cannot outlive the runner.
 * It keeps all capabilities, which is what forbids the tenant to look into it or trace it. Ignoring SIGCHLD reaps orphans.
 */
export const SETUP = `set -eu
cd /
umask 022
echo 0 >&3
exec 3>&-
read -r pid rest </proc/self/stat
[ -z "$6" ] || echo "$6" >/proc/sys/kernel/pid_max
{ echo "$2" >/proc/sys/kernel/hostname; } 2>/dev/null || hostname "$2" || :
mount -n -a -T "$1/trusted.tab"
if [ -n "$4" ]; then cd "$1/m"; mkdir -p $4; fi
cd "$1/t"
pivot_root . h
cd /
mount -n -a -T "/h$1/tenant.tab"
if [ -n "$3" ]; then $3; fi
umount -n -l /m/st /m/b $5 /h
echo "ready $pid"
exec env --ignore-signal=CHLD cat
`;

/** Sets `r` to the tenant's path $1 with every link resolved below /s; status 1 after 40 links. */
const RESOLVE = `resolve() {
  left=$1 r= links=0
  while [ -n "$left" ]; do
    part=\${left%%/*}
    case $left in */*) left=\${left#*/} ;; *) left= ;; esac
    case $part in
      ''|.) continue ;;
      ..) r=\${r%/*}; continue ;;
    esac
    if [ -L "/s$r/$part" ]; then
      links=$((links + 1)); [ $links -le 40 ] || return 1
      target=$(readlink "/s$r/$part"; echo .); target=\${target%??}
      case $target in /*) r= ;; esac
      left=$target/$left
    else
      r=$r/$part
    fi
  done
}
`;

/** Sets uid, gid, home and groups of the tenant's user $1 (name, id, or either with `:group`). */
const WHO = `who() {
  name=\${1%%:*} group= uid= gid= home=/ groups= account=
  case $1 in *:*) group=\${1#*:} ;; esac
  if [ -f /s/etc/passwd ]; then
    while IFS=: read -r n _ u g _ h _; do
      if [ "$n" = "$name" ] || [ "$u" = "$name" ]; then account=$n uid=$u gid=$g home=$h; break; fi
    done </s/etc/passwd
  fi
  if [ -z "$uid" ]; then
    case $name in ''|*[!0-9]*) say "user $name does not exist in the sandbox"; return 1 ;; esac
    uid=$name gid=0
  fi
  if [ -f /s/etc/group ]; then
    while IFS=: read -r n _ g members; do
      if [ -n "$group" ] && { [ "$n" = "$group" ] || [ "$g" = "$group" ]; }; then gid=$g group=; fi
      case ",$members," in *",$account,"*) [ -z "$account" ] || groups=$groups,$g ;; esac
    done </s/etc/group
  fi
  case $group in '') ;; *[!0-9]*) say "group $group does not exist in the sandbox"; return 1 ;; *) gid=$group ;; esac
  groups=$gid$groups
  case $uid$gid in *[!0-9]*) say "the sandbox's /etc/passwd has no usable ids for $name"; return 1 ;; esac
}
`;

/** fd 3 reports to the runner; fd 4 = cgroup.procs of the exec's group or /dev/null. */
const PROLOGUE = `umask 022
say() { echo "$*" >&3; }
echo 0 >&4 || { say "cannot enter the control group"; exit 125; }
exec 4>&-
${RESOLVE}${WHO}`;

/**
 * Runs the tenant's command. $1 user or "", $2 directory, $3 `stream` where input comes, or "", $4 number of variables, then their names,
 * then the command. Input goes through an anonymous pipe: /dev/stdin could not be opened again on a named one that was
 * written to its end. Who fills that pipe is an orphan, or the shell would wait for the stream's end instead of the command's.
 * Their values come as _E_<name>, so that no variable of the tenant's (LD_PRELOAD) acts on the programs before the last.
 */
export function execScript(tools: {
  readonly nsenter: string;
  readonly setpriv: string;
  readonly cat: string;
}): string {
  return `${PROLOGUE}
enter() {
  if [ "$uid" = 0 ] && [ -z "$groups" ]; then exec ${tools.nsenter} --root=/s -- "$@"; fi
  exec ${tools.setpriv} --regid "$gid" --groups "$groups" ${tools.nsenter} --root=/s -S "$uid" -- "$@"
}
if [ -n "$1" ] && [ "$1" != 0 ] && [ "$1" != root ]; then who "$1" || exit 125; else uid=0 gid=0 home=/root groups=; fi
resolve "$2" && cd "/s$r" 2>/dev/null || { say "directory $2 does not exist in the sandbox"; exit 125; }
exec 3>&-
stream=$3 left=$4; shift 4
export HOME="$home"
unset OLDPWD PWD SHLVL LC_ALL
while [ "$left" -gt 0 ]; do
  eval "export $1=\\"\\$_E_$1\\"; unset _E_$1"
  shift; left=$((left - 1))
done
if [ -n "$stream" ]; then (${tools.cat} <&5 5<&- & ) 5<&0 | enter "$@"; exit; fi
enter "$@"
`;
}

/** A program of ours in the trusted root, with the tenant's files under /s. */
export function toolScript(body: string): string {
  return `${PROLOGUE}
exec 3>&-
${body}`;
}

/** Kills every process of the pid namespace but the first and this shell, until none is left. One round kills all at once. */
export const KILL_ALL = `i=0
while [ $i -lt 2000 ]; do
  kill -s KILL -- -1 2>/dev/null || :
  set -- /proc/[0-9]*
  [ $# -gt 2 ] || exit 0
  if [ $i -ge 50 ]; then
    left=
    for d in "$@"; do
      name= state= p=\${d#/proc/}
      while read -r key value rest; do
        case $key in Name:) name=$value ;; State:) state=$value; break ;; esac
      done 2>/dev/null <"$d/status"
      case $state in ''|Z|X) continue ;; esac
      [ "$p" = 1 ] || [ "$p" = $$ ] || left="$left $p ($name, $state)"
    done
    # Whoever is left as a zombie is dead, and waits for its parent to look.
    [ -n "$left" ] || exit 0
    sleep 0.01
  fi
  i=$((i + 1))
done
echo "still there:$left" >&2
exit 1
`;

/** Sets `target` to the place of $1 with the links of its parents resolved, but not a link in its own place. */
const PLACE = `place() {
  path=$1
  while [ "\${path%/}" != "$path" ]; do path=\${path%/}; done
  last=\${path##*/}
  case $last in ''|.|..) echo "$1 is no path of a file" >&2; return 1 ;; esac
  resolve "\${path%/*}" || return 1
  parent=/s$r target=/s$r/$last
}
`;

/** $1 path, $2 most bytes. 4 = missing, 5 = no regular file. */
export const READ_FILE = `resolve "$1" || exit 4
[ -e "/s$r" ] || exit 4
[ -f "/s$r" ] || exit 5
exec head -c "$2" -- "/s$r"
`;

/** $1 path, $2 mode, $3 user or "". The content comes on stdin. A link or pipe in its place is replaced, never written through. */
export const WRITE_FILE = `${PLACE}place "$1" || exit 6
if [ -n "$3" ]; then who "$3" || exit 6; fi
[ -d "$parent" ] || mkdir -p -- "$parent" || exit 6
if [ -L "$target" ] || { [ -e "$target" ] && [ ! -f "$target" ]; }; then
  [ -L "$target" ] || [ ! -d "$target" ] || { echo "it is a directory" >&2; exit 6; }
  rm -f -- "$target" || exit 6
fi
plain=; [ -e "$target" ] || [ "$2" != 644 ] || plain=yes
cat >"$target" || exit 6
[ -n "$plain" ] || chmod -- "$2" "$target" || exit 6
[ -z "$3" ] || chown -h -- "$uid:$gid" "$target" || exit 6
`;

/** $1 user. Says its ids. */
export const IDS = `who "$1" || exit 6
echo "$uid $gid"
`;

/** $1 directory. A tar archive with the final owners comes on stdin. What exists keeps its own mode and owner. */
export const UNPACK = `resolve "$1" || exit 5
[ -d "/s$r" ] || mkdir -p -- "/s$r" || exit 6
exec tar -x -f - -C "/s$r" --numeric-owner --same-owner --same-permissions --no-overwrite-dir
`;

/** $1 path. A record for the path itself, then for everything below: type, size, path; NUL behind each field. */
export const LIST = `resolve "$1" || exit 4
[ -e "/s$r" ] || exit 4
exec find "/s$r" -printf '%y\\0%s\\0%P\\0'
`;

/** $1 path, $2 "file" for the path itself, else names below it come on stdin, NUL between them. */
export const PACK = `resolve "$1" || exit 5
set -- "$2" -c -f - --format=gnu --hard-dereference --ignore-failed-read --warning=none --no-recursion
if [ "$1" = file ]; then shift; exec tar "$@" -C "/s\${r%/*}" -- "./\${r##*/}"; fi
shift
exec tar "$@" -C "/s$r" --null --verbatim-files-from -T -
`;

/** $1 path: makes it with its parents. */
export const MAKE_DIRECTORY = `resolve "$1" || exit 5
exec mkdir -p -- "/s$r"
`;

/** $1 path. Status 0 for a directory. */
export const IS_DIRECTORY = `resolve "$1" && [ -d "/s$r" ]
`;
