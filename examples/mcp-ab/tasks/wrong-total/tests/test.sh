#!/bin/sh
# Both programs, over orders that are not among those of the task.
work=$(mktemp -d)
cp -R /app/. "$work"
printf 'c1,tea,3.5,1\nc1,jam,12,2\nc2,cake,0.05,3\nc2,tea,7.1,1\nc1,pin,0.9,10\n' >"$work/data/orders.csv"
reward=1
SHOP=$work sh "$work/bin/totals" >"$work/out" 2>/dev/null
printf '%-12s %-8s %10s\n' Ada total 36.50 Grace total 7.25 | cmp -s - "$work/out" || reward=0
SHOP=$work sh "$work/bin/report" >"$work/out" 2>/dev/null
printf '%-12s %-8s %10s\n' Ada tea 3.50 Ada jam 24.00 Grace cake 0.15 Grace tea 7.10 Ada pin 9.00 | cmp -s - "$work/out" || reward=0
echo $reward >/logs/verifier/reward.txt
