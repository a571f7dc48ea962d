#!/bin/sh
set -eu
mkdir -p /app/backup
cp -r /app/data/* /app/backup/
