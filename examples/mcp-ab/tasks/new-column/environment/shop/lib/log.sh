# Messages for people, on stderr.
log_line() {
  printf '%s: %s\n' "$1" "$2" >&2
}
