#!/bin/sh
sed -i 's/"$part")/"${part}00")/' /app/lib/money.sh
