#!/bin/sh
set -eu
echo 'Hello, regatta!' >/app/greeting.txt
