#!/bin/sh
set -eu
LC_ALL=C sort -u /app/names.txt >/app/sorted.txt
