#!/bin/sh
# The old name is gone, and both programs say what they said before, on stdout and on stderr.
work=$(mktemp -d)
cp -R /app/. "$work"
printf 'c1,tea,3.50,2\nc9,jam,1,1\nc2,cake,4.05\n' >"$work/data/orders.csv"
printf 'c1,Ada\nc2,Grace\n' >"$work/data/customers.csv"
reward=1
grep -rqw log_line /app && reward=0
grep -rqw log_message /app/lib/log.sh || reward=0
SHOP=$work sh "$work/bin/report" >"$work/out" 2>"$work/err"
printf '%-12s %-8s %10s\n' Ada tea 7.00 unknown jam 1.00 | cmp -s - "$work/out" || reward=0
printf 'error: no customer c9\nwarning: order of c2 has no quantity\n' | cmp -s - "$work/err" || reward=0
echo $reward >/logs/verifier/reward.txt
