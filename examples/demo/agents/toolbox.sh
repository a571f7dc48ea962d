#!/bin/sh
# An agent with a handful of tools, chosen by the words of the instruction. It keeps notes for whoever reads the results,
# repairs half of what is broken, and gives up with exit code 3 where it has no tool.
set -eu
instruction=$(cat)
mkdir -p "$REGATTA_ARTIFACTS_DIR/notes"

note() {
  echo "$1"
  echo "$1" >>"$REGATTA_ARTIFACTS_DIR/notes/steps.txt"
}

# The nth quoted word of the instruction.
quoted() {
  printf '%s\n' "$instruction" | tr '\n' ' ' | cut -d '`' -f "$(($1 * 2))"
}

case $instruction in
  'Write the line'*)
    note "writing a line to $(quoted 2)"
    quoted 1 >"$(quoted 2)"
    ;;
  *'whose level is'*)
    note "counting lines of level $(quoted 2) in $(quoted 1)"
    awk -v level="$(quoted 2)" '$2 == level { n++ } END { print n + 0 }' "$(quoted 1)" >"$(quoted 3)"
    ;;
  'Sort the names'*)
    note "sorting $(quoted 1)"
    LC_ALL=C sort -u "$(quoted 1)" >"$(quoted 2)"
    ;;
  *'quantity times price'*)
    note "summing $(quoted 1)"
    awk -F, 'NR > 1 { total += $2 * $3 } END { print total }' "$(quoted 1)" >"$(quoted 2)"
    ;;
  *'not executable'*)
    note "making $(quoted 1) executable"
    chmod +x "$(quoted 1)"
    ;;
  *)
    note "no tool for this"
    exit 3
    ;;
esac
