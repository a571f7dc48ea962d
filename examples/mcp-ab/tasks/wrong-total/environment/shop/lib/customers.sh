# What is known of customers.
. "$SHOP/lib/log.sh"

customer_name() {
  name=$(sed -n "s/^$1,//p" "$SHOP/data/customers.csv")
  if [ -z "$name" ]; then
    log_line error "no customer $1"
    name=unknown
  fi
  echo "$name"
}
