/**
 * What is run inside a sandbox to find and end processes there.
 *
 * Nothing but what every POSIX shell has built in: at the limit on processes not even `sleep` can be started. Processes are
 * stopped first, until no new one appears, and killed then: killed one by one, a fork bomb would outrun the kills.
 */

/** `scan`: sets `pids` and for each of them `parent_<pid>`; zombies do not count. */
const SCAN = `
scan() {
  for p in $pids; do unset "parent_$p"; done
  pids=
  for d in /proc/[0-9]*; do
    state= parent=
    while read -r key value rest; do
      case $key in State:) state=$value ;; PPid:) parent=$value; break ;; esac
    done 2>/dev/null <"$d/status"
    [ -n "$parent" ] || continue
    p=\${d#/proc/}
    eval "parent_$p=$parent"
    [ "$state" = Z ] || [ "$state" = X ] || pids="$pids $p"
  done
}
below() {
  q=$1
  while :; do
    [ "$q" = "$2" ] && return 0
    eval "q=\\$parent_$q"
    case $q in ''|0) return 1 ;; esac
  done
}
end_targets() {
  rounds=0
  while rounds=$((rounds + 1)); [ $rounds -le 500 ]; do
    stopped=' '
    while :; do
      targets
      fresh=
      for p in $found; do case $stopped in *" $p "*) ;; *) fresh="$fresh $p" ;; esac; done
      [ -n "$fresh" ] || break
      kill -STOP $fresh 2>/dev/null
      stopped="$stopped$fresh "
    done
    [ -n "$found" ] || return 0
    kill -KILL $found 2>/dev/null
  done
  return 1
}
pids=
`;

/**
 * Arguments: the mark, how many times 50 ms the processes get to end by themselves, the signal that asks them to, then those
 * that are spared.
 * Exit status: 0 = all are dead, 3 = there is no such exec (any more, or yet), 5 = some do not die.
 *
 * An exec's first process is an init that adopts whatever its command leaves behind. It is stopped for as long as this
 * takes: once it ended, its orphans could not be told from anybody's.
 */
export const KILL_TREE = `${SCAN}
mark=$1 steps=$2 first=$3 root=
shift 3
keep=" $* "
for d in /proc/[0-9]*; do
  p=\${d#/proc/}
  [ "$p" = $$ ] && continue
  line=
  read -r line 2>/dev/null <"$d/cmdline"
  case $line in *"-s--env-u$mark"*) ;; *) continue ;; esac
  while read -r key value rest; do
    case $key in PPid:) [ "$value" = 0 ] && root=$p; break ;; esac
  done 2>/dev/null <"$d/status"
  [ -n "$root" ] && break
done
[ -n "$root" ] || exit 3
targets() {
  scan
  found=
  for p in $pids; do
    case $keep in *" $p "*) continue ;; esac
    [ "$p" != "$root" ] && below "$p" "$root" && found="$found $p"
  done
}
kill -STOP "$root"
targets
command=
for p in $found; do
  eval "parent=\\$parent_$p"
  [ "$parent" = "$root" ] || continue
  if [ -z "$command" ] || [ "$p" -lt "$command" ]; then command=$p; fi
done
[ -z "$found" ] || kill -"$first" $found 2>/dev/null
while [ "$steps" -gt 0 ]; do
  targets
  [ -n "$found" ] || break
  # The command has ended: whoever is left of it did not listen, and gets little more time.
  case " $pids " in *" \${command:-none} "*) ;; *) [ "$steps" -gt 6 ] && steps=6 ;; esac
  steps=$((steps - 1))
  sleep 0.05 2>/dev/null
done
end_targets
ended=$?
kill -KILL "$root"
[ $ended = 0 ] || exit 5
`;

/**
 * Ends every process but init, this one, and those that are given as arguments behind the first. With `image` as the first,
 * what the image itself started is spared too: the oldest child of init and all below. Exit status 0 = they are dead.
 */
export const KILL_OTHERS = `${SCAN}
spare=$1
shift
keep=" $* "
scan
first=
[ "$spare" = image ] && for p in $pids; do
  eval "parent=\\$parent_$p"
  [ "$parent" = 1 ] || continue
  if [ -z "$first" ] || [ "$p" -lt "$first" ]; then first=$p; fi
done
targets() {
  scan
  found=
  for p in $pids; do
    [ "$p" = 1 ] || [ "$p" = $$ ] && continue
    case $keep in *" $p "*) continue ;; esac
    below "$p" "\${first:-none}" || found="$found $p"
  done
}
end_targets || exit 5
`;
