#!/bin/sh
# Half for a script that runs, half for one that copies everything.
reward=0
rm -rf /app/backup
if [ -x /app/backup.sh ]; then
  reward=0.5
  if /app/backup.sh && [ -f /app/backup/report.txt ] && [ -f /app/backup/.settings ]; then reward=1; fi
fi
echo "$reward" >/logs/verifier/reward.txt
