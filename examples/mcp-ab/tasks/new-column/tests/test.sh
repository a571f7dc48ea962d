#!/bin/sh
# The new column in both programs, over other orders.
work=$(mktemp -d)
cp -R /app/. "$work"
printf 'c1,tea,3.50,2\nc2,cake,4.05,12\n' >"$work/data/orders.csv"
reward=1
SHOP=$work sh "$work/bin/report" >"$work/out" 2>/dev/null
printf '%-12s %-8s %4s %10s\n' Ada tea 2 7.00 Grace cake 12 48.60 | cmp -s - "$work/out" || reward=0
SHOP=$work sh "$work/bin/totals" >"$work/out" 2>/dev/null
printf '%-12s %-8s %4s %10s\n' Ada total - 7.00 Grace total - 48.60 | cmp -s - "$work/out" || reward=0
echo $reward >/logs/verifier/reward.txt
