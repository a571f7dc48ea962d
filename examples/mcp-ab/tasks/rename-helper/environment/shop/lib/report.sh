# Rows of reports.
. "$SHOP/lib/customers.sh"
. "$SHOP/lib/money.sh"

report_row() {
  printf '%-12s %-8s %10s\n' "$(customer_name "$1")" "$2" "$(show_cents "$3")"
}
