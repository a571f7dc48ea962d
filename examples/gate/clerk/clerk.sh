#!/bin/sh
# A stand-in for a coding agent that needs no key: it does what the first fitting page of its playbook says.
set -eu
instruction=$(cat)
for page in /installed-agent/playbook/*.sh; do
  words=$(sed -n 's/^# when: //p' "$page")
  case $instruction in
    *"$words"*)
      echo "following $(basename "$page")"
      exec sh "$page"
      ;;
  esac
done
echo "nothing in the playbook fits"
