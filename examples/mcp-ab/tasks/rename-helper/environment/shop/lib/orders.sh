# Orders: one line each, customer,item,amount,quantity.
. "$SHOP/lib/money.sh"
. "$SHOP/lib/log.sh"

order_cents() {
  echo $(($(to_cents "$1") * $2))
}

each_order() {
  while IFS=, read -r customer item amount quantity; do
    case $customer in '' | \#*) continue ;; esac
    if [ -z "$quantity" ]; then
      log_line warning "order of $customer has no quantity"
      continue
    fi
    "$@" "$customer" "$item" "$amount" "$quantity"
  done <"$SHOP/data/orders.csv"
}
