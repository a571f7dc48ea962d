# when: quantity times price
awk -F, 'NR > 1 { total += $2 * $3 } END { print total }' /app/stock.csv >/app/total.txt
