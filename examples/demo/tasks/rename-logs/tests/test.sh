#!/bin/sh
actual=$(cd /app/logs 2>/dev/null && find . -type f | LC_ALL=C sort)
expected='./a.txt
./deep/er/b c.txt
./deep/notes.md
./x.log.old'
if [ "$actual" = "$expected" ] && [ "$(cat '/app/logs/deep/er/b c.txt')" = 'b c' ]; then
  echo 1 >/logs/verifier/reward.txt
else
  echo 0 >/logs/verifier/reward.txt
fi
