#!/bin/sh
# Lines of another level mention the word too: counting those is wrong.
expected=9
if [ "$(tr -d '[:space:]' </app/answer.txt 2>/dev/null)" = "$expected" ]; then
  echo 1 >/logs/verifier/reward.txt
else
  echo 0 >/logs/verifier/reward.txt
fi
