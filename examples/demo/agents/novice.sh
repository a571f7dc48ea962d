#!/bin/sh
# An agent that can do one thing: write a quoted line to a quoted file. It reads the instruction from stdin.
set -eu
instruction=$(cat)
line=$(printf '%s\n' "$instruction" | sed -n 's/.*Write the line `\([^`]*\)`.*/\1/p')
file=$(printf '%s\n' "$instruction" | sed -n 's/.*to the file `\([^`]*\)`.*/\1/p')
if [ -z "$line" ] || [ -z "$file" ]; then
  echo "I can only write lines to files."
  exit 0
fi
echo "Writing $file"
printf '%s\n' "$line" >"$file"
