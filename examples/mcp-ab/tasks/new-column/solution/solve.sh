#!/bin/sh
cd /app || exit 1
sed -i 's/%-8s %10s/%-8s %4s %10s/; s/"$2" "$(show_cents "$3")"/"$2" "$3" "$(show_cents "$4")"/' lib/report.sh
sed -i 's/report_row "$1" "$2" "/report_row "$1" "$2" "$4" "/' bin/report
sed -i 's/report_row "$customer" total "/report_row "$customer" total - "/' bin/totals
