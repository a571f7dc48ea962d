# Amounts are whole cents.
to_cents() {
  case $1 in
    *.*) whole=${1%%.*} part=${1#*.} ;;
    *) whole=$1 part=00 ;;
  esac
  part=$(printf '%.2s' "${part}00")
  echo $((whole * 100 + ${part#0}))
}

show_cents() {
  printf '%d.%02d\n' $(($1 / 100)) $(($1 % 100))
}
