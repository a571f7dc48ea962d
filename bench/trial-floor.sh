#!/bin/sh
# What a nop trial in the local environment cannot do without, by hand and with nothing else around it. Needs root.
#
# usage: trial-floor.sh <trials> <folder to work in> <task directory>
#
# Per trial: namespaces, the same two roots with the same mounts, a pivot; the same execs one after another; the same files,
# each written, synced and renamed into place; everything removed again. Built once, as ours: the empty root and the copy of /etc.
set -eu
cd /
trials=$1 work=$2 task=$3
base=$work/base
mkdir -p "$base/root" "$base/etc"
cp -a /etc/passwd /etc/group /etc/hosts "$base/etc/"
for dir in proc dev/pts dev/shm etc home tmp run root var/lib usr opt; do mkdir -p "$base/root/$dir"; done
for top in bin sbin lib lib64 lib32; do if [ -L "/$top" ]; then cp -P "/$top" "$base/root/$top"; fi; done
trees=usr
for tree in opt var/lib/dpkg var/lib/apt var/lib/python var/lib/ucf var/lib/pam; do
  if [ -d "/$tree" ]; then trees="$trees $tree"; mkdir -p "$base/root/$tree"; fi
done

inside='
set -eu
state=$1 base=$2
# The outer /proc is still mounted, so this is the process id out there.
read -r pid _ </proc/self/stat
mount -n -a -T "$state/trusted.tab"
cd "$state/t"
mkdir h s m
for top in bin sbin lib lib64 lib32; do if [ -L "/$top" ]; then cp -P "/$top" "$top"; fi; done
pivot_root . h
cd /
mount -n -a -T "/h$state/tenant.tab"
umount -l /h
echo "$pid"
exec cat
'

# Written to a temporary name, synced, renamed: what makes a result survive a crash.
write() {
  dd of="$1.tmp" conv=fsync status=none
  mv "$1.tmp" "$1"
}

tables() {
  {
    echo "tmpfs $1/t tmpfs mode=755,size=1m 0 0"
    echo "/usr $1/t/usr none bind,ro,x-mount.mkdir 0 0"
    echo "proc $1/t/proc proc x-mount.mkdir 0 0"
    for name in bus fs irq sys sysrq-trigger; do
      [ ! -e "/proc/$name" ] || echo "$1/t/proc/$name $1/t/proc/$name none bind,ro 0 0"
    done
  } >"$1/trusted.tab"
  {
    for tree in "" etc $trees; do
      key=$(echo "${tree:-root}" | tr / .)
      mkdir -p "$1/u/$key" "$1/w/$key"
      lower=/h/$tree
      if [ -z "$tree" ]; then lower=/h$base/root; elif [ "$tree" = etc ]; then lower=/h$base/etc; fi
      echo "overlay /s/$tree overlay lowerdir=$lower,upperdir=/h$1/u/$key,workdir=/h$1/w/$key,volatile 0 0"
    done
    echo "/proc /s/proc none rbind 0 0"
    echo "devpts /s/dev/pts devpts newinstance,ptmxmode=0666 0 0"
    echo "shm /s/dev/shm tmpfs mode=1777,size=256m 0 0"
  } >"$1/tenant.tab"
}

trial() {
  state=$work/trial-$1
  mkdir -p "$state/t" "$state/agent" "$state/verifier" "$state/artifacts" "$state/.regatta"
  tables "$state"
  mkfifo "$state/ready" "$state/hold"
  unshare --mount --pid --ipc --uts --cgroup --fork --kill-child --propagation private \
    sh -c "$inside" sh "$state" "$base" <"$state/hold" >"$state/ready" &
  outer=$!
  exec 9>"$state/hold"
  # Ends with the line, or with the process that should have written it.
  read -r first <"$state/ready"
  enter="nsenter --target $first --wd=/ --mount --pid --ipc --uts --cgroup -- setpriv --bounding-set=-sys_admin --inh-caps=-all --no-new-privs"
  tenant="$enter nsenter --root=/s --wd=/s --"
  $enter mkdir -p /s/app
  $tenant sh -c 'mkdir -p /logs/agent/sessions /logs/verifier /logs/artifacts /installed-agent && chmod 777 /logs /logs/*'
  $enter sh -c 'cat >/s/installed-agent/instruction.md' <"$task/instruction.md"
  $enter sh -c 'kill -s KILL -- -1 2>&-; set -- /proc/[0-9]*'
  $enter find /s/logs/agent -printf '%y %s %m %P\n' >"$state/list"
  $enter tar -c -C /s/logs/agent . | tar -x -C "$state/agent"
  $enter find /s/logs/artifacts -printf '%y %s %m %P\n' >"$state/list"
  $tenant sh -c 'rm -rf /tests /logs/verifier && mkdir -p /tests /logs/verifier && chmod 777 /logs/verifier'
  tar -c -C "$task/tests" . | $enter tar -x -C /s/tests
  $tenant sh -c /tests/test.sh >"$state/verifier/test-stdout.txt" 2>&1
  $enter find /s/logs/verifier -printf '%y %s %m %P\n' >"$state/list"
  $enter tar -c -C /s/logs/verifier . | tar -x -C "$state/verifier"
  exec 9>&-
  wait "$outer" || true
  # config, lock, result, record, manifest, log.
  for file in config lock trial manifest log result; do
    cat "$task/task.toml" "$task/instruction.md" | write "$state/$file.json"
  done
  sync "$state"
  mv "$state" "$work/done-$1"
  rm -rf "$work/done-$1"
}

i=0
while [ "$i" -lt "$trials" ]; do
  trial "$i"
  i=$((i + 1))
done
rm -rf "$base"
